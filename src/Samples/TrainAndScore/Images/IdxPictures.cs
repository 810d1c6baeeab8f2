using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace TrainAndScore.Images;

/// <summary>
/// Sets in the IDX format of MNIST and Fashion-MNIST: <c>train-images-idx3-ubyte</c>, <c>train-labels-idx1-ubyte</c> and the same with
/// <c>t10k</c> for the held-out pictures, packed by gzip or not. They become folders of pictures, one a class, named by the label.
/// </summary>
internal static class IdxPictures
{
    private const int _imagesMagic = 0x803, _labelsMagic = 0x801;

    public static bool IsIn(string folder) => Find(folder, "train-images-idx3-ubyte") is not null;

    /// <summary>Writes the folders <c>train</c> and <c>test</c>.</summary>
    /// <exception cref="UserException">A file is missing or damaged.</exception>
    public static void Unpack(string folder, string target)
    {
        WritePart(folder, "train", Path.Combine(target, "train"));
        WritePart(folder, "t10k", Path.Combine(target, "test"));
    }

    private static void WritePart(string folder, string part, string target)
    {
        (int[] shape, byte[] pixels) = Read(folder, $"{part}-images-idx3-ubyte", _imagesMagic);
        (int[] count, byte[] labels) = Read(folder, $"{part}-labels-idx1-ubyte", _labelsMagic);
        if (shape[0] != count[0])
            throw new UserException($"'{folder}' has {shape[0]} pictures but {count[0]} labels in its part '{part}'.");
        (int height, int width) = (shape[1], shape[2]);
        foreach (byte label in labels.Distinct())
            Directory.CreateDirectory(ClassFolder(label));
        Parallel.For(0, labels.Length, i =>
        {
            using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
            for (int y = 0; y < height; y++)
                Marshal.Copy(pixels, (i * height + y) * width, bitmap.GetPixels() + y * bitmap.RowBytes, width);
            using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
            using FileStream file = File.Create(
                Path.Combine(ClassFolder(labels[i]), i.ToString("d5", CultureInfo.InvariantCulture) + ".png"));
            png.SaveTo(file);
        });

        string ClassFolder(byte label) => Path.Combine(target, label.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The sizes of the dimensions, and the bytes.</summary>
    private static (int[] Shape, byte[] Values) Read(string folder, string name, int magic)
    {
        string path = Find(folder, name) ?? throw new UserException($"'{folder}' lacks the file {name} or {name}.gz.");
        try
        {
            using FileStream file = File.OpenRead(path);
            using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
            if (ReadInt(stream) != magic)
                throw new InvalidDataException("it does not begin as such a file does");
            int[] shape = [.. Enumerable.Range(0, magic & 0xFF).Select(_ => ReadInt(stream))];
            long length = shape.Aggregate(1L, (product, size) => product * size);
            if (shape.Any(size => size < 1) || length > Array.MaxLength)
                throw new InvalidDataException($"its dimensions are {string.Join(" x ", shape)}");
            byte[] values = new byte[length];
            stream.ReadExactly(values);
            return (shape, values);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new UserException($"'{path}' is damaged: {e.Message}", e);
        }
    }

    private static int ReadInt(Stream stream)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    private static string? Find(string folder, string name) =>
        new[] { name, name + ".gz" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
}
