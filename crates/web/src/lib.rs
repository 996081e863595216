//! Panel and API: callers of app, a few lines each
