//! The tester, tested.

mod brute_force;
