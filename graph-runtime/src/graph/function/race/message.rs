//! A message for rustc to show.

/// A message built while the program is compiled; what does not fit is left out.
pub(super) struct Message {
    bytes: [u8; 1024],
    length: usize,
}

impl Message {
    pub(super) const fn new() -> Message {
        Message { bytes: [0; 1024], length: 0 }
    }

    pub(super) const fn push(mut self, text: &str) -> Message {
        let text = text.as_bytes();
        let mut index = 0;
        while index < text.len() {
            if self.length < self.bytes.len() {
                self.bytes[self.length] = text[index];
                self.length += 1;
            }
            index += 1;
        }
        self
    }

    pub(super) const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            // Cut within a character: only names of a thousand bytes lead here.
            Err(_) => "two nodes that run side by side write one field",
        }
    }
}
