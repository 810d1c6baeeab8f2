using System.Globalization;
using System.IO.Compression;

namespace TrainAndScore.Images;

/// <summary>
/// Turns <c>--images</c> and <c>--test</c> into folders of pictures: a zip or an IDX set is extracted once and found again by the next run.
/// </summary>
internal static class PictureArchive
{
    /// <param name="path">A zip, a folder of IDX files, or any other folder, which is returned as it is.</param>
    /// <param name="extractedFolder">The folder under which they are extracted.</param>
    /// <exception cref="UserException">There is no such path, or the file is not a readable zip.</exception>
    public static string ToFolder(string path, string extractedFolder)
    {
        if (Directory.Exists(path))
        {
            return IdxPictures.IsIn(path)
                ? Once(Path.Combine(extractedFolder, new DirectoryInfo(path).Name), partial => IdxPictures.Unpack(path, partial))
                : path;
        }
        var zip = new FileInfo(path);
        if (!zip.Exists)
            throw new UserException($"There is no folder or zip '{path}'.");

        // Size and time tell a changed zip of the same name apart.
        string stamp = string.Create(CultureInfo.InvariantCulture, $"{zip.Length:x}-{zip.LastWriteTimeUtc.Ticks:x}");
        return Once(Path.Combine(extractedFolder, $"{Path.GetFileNameWithoutExtension(path)}-{stamp}"), partial =>
        {
            try
            {
                ZipFile.ExtractToDirectory(path, partial);
            }
            catch (InvalidDataException e)
            {
                throw new UserException($"'{path}' is not a readable zip: {e.Message}", e);
            }
        });
    }

    private static string Once(string folder, Action<string> extract)
    {
        if (Directory.Exists(folder))
            return folder;
        // Under another name until it is complete: an interrupted run must not leave half a set that looks whole.
        string partial = folder + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        extract(partial);
        Directory.Move(partial, folder);
        return folder;
    }
}
