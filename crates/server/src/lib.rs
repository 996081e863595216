//! The program autopurchase: subcommands, configuration, start and stop
