using System.Collections.Concurrent;
using SkiaSharp;

namespace TrainAndScore.Images;

/// <summary>Reads a folder that holds one folder a class, with the class's pictures at any depth inside it.</summary>
internal static class PictureFolder
{
    private static readonly HashSet<string> _extensions =
        new([".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The pictures ordered by class and path.</summary>
    /// <param name="root">The folder, or one that holds nothing but it (as zips often do).</param>
    /// <param name="warn">
    /// Receives a line about each file that cannot be decoded, and each class without any that can: they are left out.
    /// </param>
    /// <exception cref="UserException">There are no class folders, or none has a readable picture.</exception>
    public static IReadOnlyList<LabeledPicture> Read(string root, Action<string> warn)
    {
        string folder = SkipWrappers(root);
        string[] classFolders = SetFolder.Folders(folder);
        if (classFolders.Length == 0)
            throw new UserException($"'{root}' has no class folders. It must hold one folder a class, with that class's pictures inside.");

        var pictures = new List<LabeledPicture>();
        foreach (string classFolder in classFolders)
        {
            string label = Path.GetFileName(classFolder);
            pictures.AddRange(Files(classFolder).Select(path => new LabeledPicture { ImagePath = path, Label = label }));
        }
        var damaged = new ConcurrentDictionary<LabeledPicture, string>();
        int turned = 0;
        Parallel.ForEach(pictures, picture =>
        {
            if (FindDamage(picture.ImagePath, out bool isTurned) is { } damage)
                damaged[picture] = damage;
            else if (isTurned)
                Interlocked.Increment(ref turned);
        });
        foreach (LabeledPicture picture in pictures.Where(damaged.ContainsKey))
            warn($"Left out '{picture.ImagePath}': {damaged[picture]}.");
        pictures.RemoveAll(damaged.ContainsKey);
        if (pictures.Count == 0)
            throw new UserException($"The class folders of '{root}' hold no readable picture ({string.Join(", ", _extensions)}).");
        foreach (string missing in classFolders.Select(path => Path.GetFileName(path)!).Except(pictures.Select(picture => picture.Label)))
            warn($"The class folder '{missing}' of '{root}' holds no readable picture: its class is left out.");
        if (turned > 0)
        {
            warn($"{turned} of {pictures.Count} pictures of '{root}' have an EXIF orientation, and are used as they are stored, not as "
                + "they are meant. BatchScore, NativeScore and WebApp turn such pictures: turn the files before you train on them.");
        }
        return pictures;
    }

    /// <summary>The part of a set that its pictures to train on are in; null where it has no parts.</summary>
    public static string? FindTrainPart(string root) => SetFolder.FindTrainPart(SkipWrappers(root));

    /// <summary>The part of a set that its held-out pictures are in; null where it has none.</summary>
    public static string? FindTestPart(string root) => SetFolder.FindTestPart(SkipWrappers(root));

    private static string SkipWrappers(string root)
    {
        string folder = root;
        while (SetFolder.Folders(folder) is [string only] && SetFolder.Folders(only).Length > 0
            && !Files(folder, SearchOption.TopDirectoryOnly).Any())
        {
            folder = only;
        }
        return folder;
    }

    private static IEnumerable<string> Files(string folder, SearchOption depth = SearchOption.AllDirectories) =>
        Directory.EnumerateFiles(folder, "*", depth)
            .Where(path => _extensions.Contains(Path.GetExtension(path)) && Path.GetFileName(path)[0] != '.')
            .Order(StringComparer.Ordinal);

    // A damaged file would end the training in its midst, and half a picture would be learned without a word.
    private static string? FindDamage(string path, out bool isTurned)
    {
        isTurned = false;
        using FileStream file = File.OpenRead(path);
        using SKCodec? codec = SKCodec.Create(file, out SKCodecResult opened);
        if (codec is null)
            return $"it is not an image that can be decoded ({opened})";
        isTurned = codec.EncodedOrigin != SKEncodedOrigin.TopLeft;
        SKCodecResult decoded = codec.GetPixels(out _);
        return decoded == SKCodecResult.Success ? null : $"it is damaged ({decoded})";
    }
}
