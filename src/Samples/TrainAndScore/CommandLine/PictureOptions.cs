using System.CommandLine;

namespace TrainAndScore.CommandLine;

/// <summary>The options that say which pictures to use: common to all commands.</summary>
internal sealed class PictureOptions
{
    private readonly Option<string?> _images = new("--images")
    {
        Description = "Zip or folder with one folder a class, or folder of MNIST's IDX files; cropped and flipped at random in training. "
            + "Without it, the sample draws colored shapes.",
        HelpName = "zip or folder",
    };

    private readonly Option<string?> _test = new("--test")
    {
        Description = "Zip or folder of held-out pictures, with the same class folders. Without it, the set's own test or val folder, "
            + "else a fifth of each class.",
        HelpName = "zip or folder",
    };

    private readonly Option<int> _imageSize = new Option<int>("--image-size")
    {
        Description = "Height and width to which every picture is resized.", HelpName = "pixels", DefaultValueFactory = _ => 32,
    }.From(8, 1024);

    private readonly Option<string> _out = new("--out")
    {
        Description = "Folder for the model, the plots and extracted zips.", HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("artifacts", "TrainAndScore"),
    };

    private readonly Option<int> _seed = new Option<int>("--seed")
    {
        Description = "Seed of the drawing, the split and the training.", HelpName = "number", DefaultValueFactory = _ => 1,
    }.From(0, int.MaxValue);

    public void AddTo(Command command)
    {
        command.Add(_images);
        command.Add(_test);
        command.Add(_imageSize);
        command.Add(_out);
        command.Add(_seed);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_test) is not null && result.GetValue(_images) is null)
                result.AddError("--test needs --images: the shapes that the sample draws bring their own held-out pictures.");
        });
    }

    public PictureSettings Read(ParseResult result) => new(
        result.GetValue(_images), result.GetValue(_test), result.GetValue(_imageSize), result.GetRequiredValue(_out),
        result.GetValue(_seed));
}
