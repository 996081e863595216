//! People of the desk: adding them, signing in and out, their own password and time zone.
//!
//! Passwords are kept as argon2id; a signed-in browser holds a random token of which only the hash is
//! stored. Every acting person enters operations as [`crate::Actor::Person`].

mod add;
mod own;
mod password;
mod sign_in;
#[cfg(test)]
mod tests;
mod throttle;
mod web_session;

pub use add::{AddUser, add};
pub use own::{ChangePassword, change_password, set_zone};
pub use sign_in::{SignIn, SignedIn, sign_in};
pub use web_session::{ABSOLUTE_SECONDS, IDLE_SECONDS, Person, sign_out, who};
