//! The tests of the workspace; everything is in the test targets beside this file.
