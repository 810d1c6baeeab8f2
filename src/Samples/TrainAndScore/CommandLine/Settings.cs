namespace TrainAndScore.CommandLine;

/// <summary>Which pictures to use, at which size.</summary>
/// <param name="Images">Zip or folder to train on; null for the set that the sample draws itself.</param>
/// <param name="Test">Zip or folder of held-out pictures; null to hold out a part of <paramref name="Images"/>.</param>
/// <param name="ImageSize">Height and width to which every picture is resized.</param>
/// <param name="Out">Folder for everything that is written.</param>
/// <param name="Seed">Seed of the drawing, the split and the training.</param>
internal sealed record PictureSettings(string? Images, string? Test, int ImageSize, string Out, int Seed);
