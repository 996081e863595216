//! Stories of the whole application, told through its pages on both databases.

mod job;
