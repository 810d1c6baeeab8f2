using System.IO.Compression;
using SkiaSharp;

namespace PaperFigures.Pictures;

/// <summary>Reads a part of a zip of picture files, one folder a class.</summary>
internal static class PictureZip
{
    /// <summary>Equally many pictures of each class, drawn at random, class after class.</summary>
    /// <exception cref="UserException">There is no such zip, or it does not hold so many pictures of ten classes.</exception>
    public static PictureSet Read(string path, int count, int size, int seed)
    {
        if (!File.Exists(path))
            throw new UserException($"There is no '{path}'. Name a folder that has it, or leave --data away to draw pictures.");
        using ZipArchive zip = Open(path);
        IGrouping<string, ZipArchiveEntry>[] classes =
        [
            .. zip.Entries.Where(entry => entry.FullName.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
                .OrderBy(entry => entry.FullName, StringComparer.Ordinal)
                .GroupBy(entry => entry.FullName[..Math.Max(0, entry.FullName.LastIndexOf('/'))]),
        ];
        if (classes.Length != PictureSet.Classes)
            throw new UserException($"'{path}' has pictures in {classes.Length} folders, not in {PictureSet.Classes}, one for each class.");
        int each = count / PictureSet.Classes;
        var set = new PictureSet(
            new float[each * PictureSet.Classes * PictureSet.Channels * size * size], new long[each * PictureSet.Classes], size);
        var random = new Random(seed);
        for (int label = 0; label < classes.Length; label++)
        {
            ZipArchiveEntry[] entries = [.. classes[label]];
            if (entries.Length < each)
                throw new UserException($"'{path}' has {entries.Length} pictures of the class '{classes[label].Key}', and not {each}.");
            random.Shuffle(entries);
            for (int i = 0; i < each; i++)
            {
                int index = label * each + i;
                set.Labels[index] = label;
                using SKBitmap picture = Decode(entries[i], path);
                StudyPictures.CopyPixels(picture, size, set.Values.AsSpan(index * set.Length, set.Length), entries[i].FullName);
            }
        }
        return set;
    }

    private static ZipArchive Open(string path)
    {
        try
        {
            return ZipFile.OpenRead(path);
        }
        catch (InvalidDataException e)
        {
            throw new UserException($"'{path}' is not a readable zip: {e.Message}", e);
        }
    }

    private static SKBitmap Decode(ZipArchiveEntry entry, string path)
    {
        using var bytes = new MemoryStream();
        using (Stream stream = entry.Open())
            stream.CopyTo(bytes);
        return SKBitmap.Decode(bytes.ToArray())
            ?? throw new UserException($"'{entry.FullName}' in '{path}' is not an image that can be decoded.");
    }
}
