using SkiaSharp;

namespace ScoreOnly;

/// <summary>The pictures that the command line names.</summary>
internal static class PictureFiles
{
    private static readonly HashSet<string> _extensions =
        new([".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Each file as it is, and for each folder the pictures at any depth inside it, in order.</summary>
    public static IEnumerable<string> Expand(IEnumerable<string> paths) =>
        paths.SelectMany(path => Directory.Exists(path) ? FindPictures(path) : [path]);

    private static string[] FindPictures(string folder)
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => _extensions.Contains(Path.GetExtension(file)))
                .Order(StringComparer.Ordinal),
        ];
        return files.Length > 0
            ? files
            : throw new IOException($"The folder '{folder}' holds no pictures ({string.Join(", ", _extensions)}).");
    }

    /// <summary>What is wrong with a file, or null: ML.NET would fill the missing part of a truncated picture without a word.</summary>
    public static string? FindDamage(string path)
    {
        if (!File.Exists(path))
            return "there is no such file or folder";
        using FileStream file = File.OpenRead(path);
        using SKCodec? codec = SKCodec.Create(file, out SKCodecResult opened);
        if (codec is null)
            return $"it is not an image that can be decoded ({opened})";
        SKCodecResult decoded = codec.GetPixels(out _);
        return decoded == SKCodecResult.Success ? null : $"the image is damaged ({decoded})";
    }
}
