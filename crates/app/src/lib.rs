//! Everything the system can do, one operation per file
