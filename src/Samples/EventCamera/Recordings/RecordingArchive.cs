using System.Globalization;
using System.IO.Compression;

namespace EventCamera.Recordings;

/// <summary>Turns <c>--recordings</c> and <c>--test</c> into folders: a zip is extracted once and found again by the next run.</summary>
internal static class RecordingArchive
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
        string folder = Path.Combine(extractedFolder, $"{Path.GetFileNameWithoutExtension(path)}-{stamp}");
        if (Directory.Exists(folder))
            return folder;
        // Under another name until it is complete: an interrupted run must not leave half a set that looks whole.
        string partial = folder + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        try
        {
            ZipFile.ExtractToDirectory(path, partial);
        }
        catch (InvalidDataException e)
        {
            throw new UserException($"'{path}' is not a readable zip: {e.Message}", e);
        }
        Directory.Move(partial, folder);
        return folder;
    }
}
