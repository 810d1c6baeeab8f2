namespace TrainAndScore.Images;

/// <summary>
/// Turns <c>--images</c> and <c>--test</c> into folders of pictures: a zip or an IDX set is extracted once and found again by the next run.
/// </summary>
internal static class PictureArchive
{
    /// <param name="path">A zip, a folder of IDX files, or any other folder, which is returned as it is.</param>
    /// <param name="extractedFolder">The folder under which they are extracted.</param>
    /// <exception cref="UserException">There is no such path, or the file is not a readable zip.</exception>
    public static string ToFolder(string path, string extractedFolder) => Directory.Exists(path) && IdxPictures.IsIn(path)
        ? DataArchive.Once(Path.Combine(extractedFolder, new DirectoryInfo(path).Name), partial => IdxPictures.Unpack(path, partial))
        : DataArchive.ToFolder(path, extractedFolder);
}
