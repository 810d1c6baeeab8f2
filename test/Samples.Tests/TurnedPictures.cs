using System.Buffers.Binary;

namespace Samples.Tests;

/// <summary>Pictures as cameras store them: the pixels lie as the sensor lay, and EXIF data say how the picture is meant.</summary>
internal static class TurnedPictures
{
    /// <summary>
    /// The sides of the picture at which the first stored row and the first stored column lie, for the orientations 1 to 8 (CIPA DC-008,
    /// tag 0x0112).
    /// </summary>
    private static readonly (string Row, string Column)[] _sides =
    [
        ("top", "left"), ("top", "right"), ("bottom", "right"), ("bottom", "left"),
        ("left", "top"), ("right", "top"), ("right", "bottom"), ("left", "bottom"),
    ];

    /// <summary>A JPEG with an EXIF segment that holds nothing but the orientation.</summary>
    public static byte[] Jpeg(byte[] jpeg, int orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Exif(orientation)];
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(exif.Length + length.Length));
        // Behind the two bytes that begin the file.
        return [.. jpeg[..2], 0xff, 0xe1, .. length, .. exif, .. jpeg[2..]];
    }

    /// <summary>A lossless WebP with such data; its picture is of the size given.</summary>
    public static byte[] WebP(byte[] webP, int width, int height, int orientation)
    {
        byte[] features = [0b1000, 0, 0, 0, .. Int24(width - 1), .. Int24(height - 1)];
        byte[] body = [.. "WEBP"u8, .. Chunk("VP8X"u8, features), .. webP[12..], .. Chunk("EXIF"u8, Exif(orientation))];
        return Chunk("RIFF"u8, body);

        static byte[] Int24(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];

        static byte[] Chunk(ReadOnlySpan<byte> name, byte[] content) =>
            [.. name, .. BitConverter.GetBytes(content.Length), .. content, .. new byte[content.Length % 2]];
    }

    /// <summary>The picture that is meant, of the one that is stored.</summary>
    public static (int Width, int Height, uint[] Pixels) Turn(int width, int height, uint[] stored, int orientation)
    {
        (string rowSide, string columnSide) = _sides[orientation - 1];
        (int turnedWidth, int turnedHeight) = rowSide is "top" or "bottom" ? (width, height) : (height, width);
        uint[] turned = new uint[stored.Length];
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                (int x, int y) = (0, 0);
                Place(rowSide, row);
                Place(columnSide, column);
                turned[y * turnedWidth + x] = stored[row * width + column];

                void Place(string side, int distance) => (x, y) = side switch
                {
                    "top" => (x, distance),
                    "bottom" => (x, turnedHeight - 1 - distance),
                    "left" => (distance, y),
                    _ => (turnedWidth - 1 - distance, y),
                };
            }
        }
        return (turnedWidth, turnedHeight, turned);
    }

    /// <summary>A TIFF structure of one entry: tag 0x0112, one number of 16 bits.</summary>
    private static byte[] Exif(int orientation) =>
        [.. "II"u8, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];
}
