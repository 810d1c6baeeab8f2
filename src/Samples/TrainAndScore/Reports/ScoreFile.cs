using System.Globalization;
using TrainAndScore.Images;

namespace TrainAndScore.Reports;

/// <summary>
/// The scores of the held-out pictures as text, one line a picture: path, then each class's probability with all its digits. ScoreOnly
/// writes the same lines, so that the answers of the two processes can be compared to the last bit.
/// </summary>
internal static class ScoreFile
{
    public static void Save(IEnumerable<ScoredPicture> pictures, string path) =>
        File.WriteAllLines(path, pictures.Select(picture => string.Join('\t',
            [picture.ImagePath, .. picture.Score.Select(score => score.ToString("R", CultureInfo.InvariantCulture))])));
}
