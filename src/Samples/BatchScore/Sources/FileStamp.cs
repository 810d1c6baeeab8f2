using System.Globalization;

namespace BatchScore.Sources;

/// <summary>Tells whether a file has been changed, without reading it.</summary>
internal static class FileStamp
{
    /// <summary>Size and time of the last change, of what a link leads to; a word where there is no such file.</summary>
    public static string Of(string path)
    {
        var file = new FileInfo(path);
        try
        {
            if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
                file = target;
            return string.Create(CultureInfo.InvariantCulture, $"{file.Length}-{file.LastWriteTimeUtc.Ticks}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Reading it will say what is wrong.
            return "unknown";
        }
    }
}
