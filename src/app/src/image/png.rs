//! Encodes pixels as an uncompressed PNG file, the only form in which an SVG drawing takes pixels.

/// The most that one block holds without being compressed (RFC 1951 §3.2.4).
const BLOCK_BYTES_MAX: usize = 65_535;

/// Writes a square of opaque pixels, three bytes each.
pub(super) fn write(side: u32, pixels: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [side.to_be_bytes(), side.to_be_bytes()].concat();
    // Eight bits each of red, green and blue.
    header.extend([8, 2, 0, 0, 0]);
    chunk(&mut file, b"IHDR", &header);
    let row = 3 * side as usize;
    // Before each row stands that it is not filtered.
    let rows = pixels.chunks(row.max(1)).flat_map(|row| [&[0], row].concat()).collect::<Vec<_>>();
    chunk(&mut file, b"IDAT", &zlib(&rows));
    chunk(&mut file, b"IEND", &[]);
    file
}

/// PNG §5.3.
fn chunk(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    let named = [name, data].concat();
    file.extend((data.len() as u32).to_be_bytes());
    file.extend(&named);
    file.extend(crc(&named).to_be_bytes());
}

/// RFC 1950.
fn zlib(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(BLOCK_BYTES_MAX).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// PNG annex D.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_specifications() {
        assert_eq!(crc(b"IEND"), 0xae42_6082);
        assert_eq!(zlib(b"Wikipedia").last_chunk(), Some(&0x11e6_0398_u32.to_be_bytes()));
    }

    #[test]
    fn a_long_row_of_pixels_takes_several_blocks() {
        let stream = zlib(&[7; BLOCK_BYTES_MAX + 1]);
        assert_eq!(stream.len(), 2 + 5 + BLOCK_BYTES_MAX + 5 + 1 + 4);
        assert_eq!((stream[2], stream[2 + 5 + BLOCK_BYTES_MAX]), (0, 1));
    }
}
