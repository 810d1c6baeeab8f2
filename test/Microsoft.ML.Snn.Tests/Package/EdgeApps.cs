using Microsoft.ML.Snn.Tests.Events;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Package;

/// <summary>Apps on one small package each, compiled to native code without a warning: no ML.NET, no TorchSharp, the same scores.</summary>
[Slow]
[Collection(PackageCollection.Name)]
public class EdgeApps(PackedLibrary packed)
{
    private const int TimeSteps = 4, Size = 16, Events = 50 * TimeSteps;

    private readonly SpikingNetwork _network = new(
        RandomGraphs.Create(new RandomGraphs.Shape(2, Size, Size, 20, 3, 2, TimeSteps, InputHasTimeSteps: true), seed: 4));

    [Fact]
    public async Task An_app_on_the_engines_package_scores_to_the_last_bit()
    {
        string output = await PublishAndRun("EdgeEngine", "Microsoft.ML.Snn.Engine");
        float[] features = [.. Enumerable.Range(0, _network.FeatureCount).Select(i => i % 7 * 0.25f)];
        Assert.Equal([$"{_network.Predict(features)}", Bits(Score(features))], Lines(output));
    }

    [Fact]
    public async Task An_app_on_the_package_of_events_reads_every_format_and_scores_streams()
    {
        PolarityEvent[] events = EventFiles.Make(Events);
        string[] files = [.. EventFiles.Kinds.Select(kind => Write($"{kind.Key}.events", kind.Value(events)))];
        string output = await PublishAndRun("EdgeEvents", "Microsoft.ML.Snn.Events", files);

        var framing = new EventFraming(new()
        {
            Height = Size, Width = Size, SensorHeight = 128, SensorWidth = 128, TimeSteps = TimeSteps, Slicing = EventSlicing.FixedCount(50),
        });
        string[] lines = Lines(output);
        Assert.Equal(files.Length, lines.Length);
        foreach ((string file, string line) in files.Zip(lines))
        {
            var recording = EventRecording.Load(file);
            var session = new EventStreamSession(_network, framing);
            while (session.Push(recording.Events.Span[(int)(session.SliceCount * 50)..], out _))
            {
            }
            Assert.Equal($"{Bits(Score(framing.Accumulate(recording)))} {Bits(session.Scores)}", line);
        }
    }

    private float[] Score(float[] features)
    {
        float[] scores = new float[_network.ClassCount];
        _network.Score(features, scores);
        return scores;
    }

    private async Task<string> PublishAndRun(string app, string package, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Published on Linux only.");
        string folder = Directory.CreateDirectory(Path.Combine(packed.Folder, app)).FullName;
        string? missing = await NativeToolchain.FindWhatLinkerLacksAsync(folder);
        Assert.SkipWhen(missing is not null, missing ?? "");
        File.Copy(Repository.Path($"test/Microsoft.ML.Snn.Tests/Package/Apps/{app}.cs"), Path.Combine(folder, $"{app}.cs"));
        await File.WriteAllTextAsync(Path.Combine(folder, $"{app}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <PublishAot>true</PublishAot>
                <InvariantGlobalization>true</InvariantGlobalization>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="{PackedLibrary.Version}" />
              </ItemGroup>
            </Project>
            """);
        string output = Path.Combine(folder, "out");
        missing = await NativeToolchain.PublishAsync(folder, "-c", "Release", "-o", output);
        Assert.SkipWhen(missing is not null, missing ?? "");
        Assert.Equal([app], Directory.EnumerateFiles(output).Select(Path.GetFileName).Where(file => !file!.EndsWith(".dbg", StringComparison.Ordinal)));
        string network = Path.Combine(folder, "network.zip");
        _network.Save(network);
        return await ChildProcess.RunAsync(folder, Path.Combine(output, app), [network, .. arguments]);
    }

    private string Write(string name, byte[] content)
    {
        string path = Path.Combine(packed.Folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Bits(ReadOnlySpan<float> scores) => string.Join(' ', scores.ToArray().Select(BitConverter.SingleToInt32Bits));
}
