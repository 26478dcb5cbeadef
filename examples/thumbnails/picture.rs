//! One picture: read, shrunk, written.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use png::{BitDepth, ColorType, Decoder, Encoder, Transformations};

/// The most bytes that a picture may have when it is unpacked.
const LARGEST: usize = 1 << 30;

/// Rows of pixels, each of a few bytes, one for each channel.
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    color: ColorType,
    bytes: Vec<u8>,
}

impl Picture {
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let mut decoder = Decoder::new(BufReader::new(File::open(path)?));
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let needed = reader.output_buffer_size().filter(|size| *size <= LARGEST);
        let mut bytes = vec![0; needed.ok_or_else(|| io::Error::other("it is too large"))?];
        let frame = reader.next_frame(&mut bytes)?;
        bytes.truncate(frame.buffer_size());
        Ok(Self {
            width: frame.width as usize,
            height: frame.height as usize,
            color: frame.color_type,
            bytes,
        })
    }

    /// Writes it under another name first: at `path` there is a whole picture, or none.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let draft = path.with_extension("part");
        let mut file = BufWriter::new(File::create(&draft)?);
        let mut encoder = Encoder::new(&mut file, self.width as u32, self.height as u32);
        encoder.set_color(self.color);
        encoder.set_depth(BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.bytes)?;
        writer.finish()?;
        file.flush()?;
        fs::rename(draft, path)
    }

    /// The picture, no wider and no higher than `size`: each pixel the mean of those that it
    /// stands for.
    pub(crate) fn fit_into(&self, size: usize) -> Self {
        let longest = self.width.max(self.height);
        let size = size.min(longest);
        let scaled = |side: usize| (side * size / longest).max(1);
        let (width, height) = (scaled(self.width), scaled(self.height));
        let mut bytes = Vec::with_capacity(width * height * self.color.samples());
        for y in 0..height {
            let rows = y * self.height / height..(y + 1) * self.height / height;
            for x in 0..width {
                let columns = x * self.width / width..(x + 1) * self.width / width;
                for channel in 0..self.color.samples() {
                    let of_row = |row| columns.clone().map(move |at| self.at(row, at, channel));
                    let sum: usize = rows.clone().flat_map(of_row).sum();
                    bytes.push((sum / (rows.len() * columns.len())) as u8);
                }
            }
        }
        Self {
            width,
            height,
            color: self.color,
            bytes,
        }
    }

    fn at(&self, row: usize, column: usize, channel: usize) -> usize {
        let pixel = row * self.width + column;
        usize::from(self.bytes[pixel * self.color.samples() + channel])
    }

    /// A picture of hills and valleys, another for each `seed`.
    pub(crate) fn painted(width: usize, height: usize, seed: u32) -> Self {
        let phase = f64::from(seed) * 0.37;
        let wave = |at: usize, length: usize, turns: f64| {
            (at as f64 / length as f64 * turns * std::f64::consts::TAU + phase).sin()
        };
        let rows: Vec<_> = (0..height).map(|y| wave(y, height, 3.0)).collect();
        let columns: Vec<_> = (0..width).map(|x| wave(x, width, 5.0)).collect();
        let shade = |height: f64| (127.5 + 127.4 * height) as u8;
        let pixels = rows.iter().flat_map(|row| {
            let pixel = move |column: &f64| [shade(row * column), shade(*row), shade(*column)];
            columns.iter().flat_map(pixel)
        });
        Self {
            width,
            height,
            color: ColorType::Rgb,
            bytes: pixels.collect(),
        }
    }
}
