using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Events;

namespace Microsoft.ML.Snn.Tests.Documentation;

/// <summary>The README's first program, run once on a few pictures of two colors; its folder is where the other programs run too.</summary>
public sealed class ReadmeProgram : IDisposable
{
    public static readonly string[] Classes = ["blue", "red"];

    public static readonly string[] EventClasses = ["left", "right"];

    // With 16 of a class the program's 20 epochs, of one batch each, ended at chance on a processor with AVX-512.
    private const int SamplesOfAClass = 40, EventsOfARecording = 250, Size = 32;

    private readonly TemporaryFolder _folder = new();

    public ReadmeProgram()
    {
        var random = new Random(1);
        foreach (string name in Classes)
        {
            string folder = Directory.CreateDirectory(Path.Combine(Folder, "pictures", name)).FullName;
            for (int i = 0; i < SamplesOfAClass; i++)
                Draw(name, random, Path.Combine(folder, $"{i}.png"));
        }
        // A point that moves to the right, or to the left.
        foreach (string name in EventClasses)
        {
            string folder = Directory.CreateDirectory(Path.Combine(Folder, "recordings", name)).FullName;
            for (int i = 0; i < SamplesOfAClass; i++)
                File.WriteAllBytes(Path.Combine(folder, $"{i}.bin"), EventFiles.NMnist(Move(name == "right", random)));
        }
        Output = DocumentedProgram.Of("README.md")[0].Run(Folder);

        // Where the sample TrainAndScore leaves its model, and the pages look for it.
        string artifacts = Directory.CreateDirectory(Path.Combine(Folder, "artifacts", "TrainAndScore")).FullName;
        if (File.Exists(Model))
            File.Copy(Model, Path.Combine(artifacts, "model.zip"));
    }

    public string Folder => _folder.Path;

    public string Model => Path.Combine(Folder, "model.zip");

    /// <summary>What the program has printed.</summary>
    public string Output { get; }

    public void Dispose() => _folder.Dispose();

    private static PolarityEvent[] Move(bool toTheRight, Random random)
    {
        int top = random.Next(10, 24);
        return
        [
            .. Enumerable.Range(0, EventsOfARecording).Select(i =>
            {
                int x = i * 34 / EventsOfARecording;
                return new PolarityEvent(1000 * i, (ushort)(toTheRight ? x : 33 - x), (ushort)(top + random.Next(-5, 6)), isOn: i % 2 == 0);
            }),
        ];
    }

    private static void Draw(string color, Random random, string path)
    {
        // A square on a dark, noisy ground; [H, W, BGRA].
        byte[] pixels = new byte[Size * Size * 4];
        int left = random.Next(Size / 2), top = random.Next(Size / 2), channel = color == "red" ? 2 : 0;
        for (int i = 0; i < Size * Size; i++)
        {
            bool isInside = i % Size - left is >= 0 and < Size / 2 && i / Size - top is >= 0 and < Size / 2;
            for (int c = 0; c < 3; c++)
                pixels[4 * i + c] = (byte)(random.Next(60) + (isInside && c == channel ? 180 : 0));
            pixels[4 * i + 3] = 255;
        }
        using MLImage image = MLImage.CreateFromPixels(Size, Size, MLPixelFormat.Bgra32, pixels);
        image.Save(path);
    }
}
