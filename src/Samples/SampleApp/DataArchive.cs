using System.Globalization;
using System.IO.Compression;

namespace SampleApp;

/// <summary>Turns what a user names, a folder or a zip, into a folder: a zip is extracted once and found again by the next run.</summary>
public static class DataArchive
{
    /// <param name="path">A folder, which is returned as it is, or a zip.</param>
    /// <param name="extractedFolder">The folder under which zips are extracted.</param>
    /// <exception cref="UserException">There is no such path, or the file is not a readable zip.</exception>
    public static string ToFolder(string path, string extractedFolder)
    {
        if (Directory.Exists(path))
            return path;
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

    /// <summary>Fills a folder, unless it is there already.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="extract">Fills the folder that it is given.</param>
    /// <returns><paramref name="folder"/>.</returns>
    public static string Once(string folder, Action<string> extract)
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
