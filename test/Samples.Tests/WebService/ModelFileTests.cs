using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Tests.Speed;
using PictureScoring;
using Samples.Tests.TrainingAndScoring;
using WebApp.Endpoints;
using WebApp.Limits;
using WebApp.Models;

namespace Samples.Tests.WebService;

/// <summary>Files whose loading never ends, which no checksum tells: the service goes on without them.</summary>
public sealed partial class ModelFileTests(TrainedModel trained)
{
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(200), _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_load_that_never_ends_is_left_behind_and_the_next_file_is_taken()
    {
        string path = Path.Combine(trained.Folder, $"file-{Guid.NewGuid():N}.zip");
        SpikingNetwork network = PictureModel.Load(trained.Path).Network;
        var log = new Lines();
        using var never = new ManualResetEventSlim();
        using ModelFile<Model> file = Of((_, zip) => zip.Length == 1 ? Wait(never) : new Model(zip.Length, network), _short);
        await Write(2);
        await file.StartAsync(default);
        Assert.Equal(2, file.Model!.Id);
        await Write(1);
        await LookTwice();
        Assert.Equal(2, file.Model.Id);
        Assert.Contains("ModelLoadTimeout", Assert.Single(log.Errors));
        await LookTwice();
        Assert.Single(log.Errors);
        await Write(3);
        await LookTwice();
        Assert.Equal(3, file.Model.Id);

        // Whoever stops the service does not wait for the limit.
        await Write(1);
        using ModelFile<Model> patient = Of((_, _) => Wait(never), TimeSpan.FromHours(1));
        using var stopping = new CancellationTokenSource();
        Task starting = patient.StartAsync(stopping.Token);
        Assert.False(starting.IsCompleted);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.WaitAsync(_patience));
        never.Set();

        ModelFile<Model> Of(Func<string, byte[], Model> load, TimeSpan timeout) =>
            new(new ModelPath(path, [trained.Folder]), load, timeout, "X", "Service:X", new(log));

        Task Write(int length) => File.WriteAllBytesAsync(path, new byte[length]);

        async Task LookTwice()
        {
            await file.LookAsync(default);
            await file.LookAsync(default).WaitAsync(_patience);
        }

        Model Wait(ManualResetEventSlim until)
        {
            until.Wait();
            return new(-1, network);
        }
    }

    [Fact]
    public async Task A_file_that_its_writer_still_holds_is_taken_once_it_is_let_go_though_it_is_the_same()
    {
        string path = Path.Combine(trained.Folder, $"held-{Guid.NewGuid():N}.zip");
        SpikingNetwork network = PictureModel.Load(trained.Path).Network;
        var log = new Lines();
        using var file = new ModelFile<Model>(
            new ModelPath(path, [trained.Folder]), (_, zip) => new(zip.Length, network), _patience, "X", "Service:X", new(log));
        await using (var writer = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            await writer.WriteAsync(new byte[2]);
            await writer.FlushAsync();
            await file.StartAsync(default);
            await file.LookAsync(default);
            await file.LookAsync(default);
            Assert.Null(file.Model);
            // Not every second of the time that it takes.
            Assert.Contains("cannot be used", Assert.Single(log.Errors));
        }
        await file.LookAsync(default);
        Assert.Equal(2, file.Model!.Id);
    }

    [Slow]
    [Fact]
    public async Task A_service_starts_takes_a_model_and_stops_beside_a_file_that_ML_NET_reads_for_ever()
    {
        // A process of its own: the thread that reads forever ends with it.
        string path = Path.Combine(trained.Folder, $"endless-{Guid.NewGuid():N}.zip");
        File.WriteAllBytes(path, Endless());
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(Sample.Folder("WebApp"), "WebApp.dll"), "--urls=http://127.0.0.1:0", $"--Service:Model={path}",
            "--Service:ModelPolling=00:00:00.02", "--Service:ModelLoadTimeout=00:00:03",
        ])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var output = new List<string>();
        process.OutputDataReceived += (_, line) =>
        {
            lock (output)
                output.Add(line.Data ?? "");
            if (Address().Match(line.Data ?? "") is { Success: true } match)
                address.TrySetResult(new Uri(match.Value));
        };
        process.BeginOutputReadLine();
        try
        {
            using var client = new HttpClient { BaseAddress = await address.Task.WaitAsync(_patience) };
            using HttpResponseMessage health = await client.GetAsync("health");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
            lock (output)
                Assert.Contains(output, line => line.Contains("ModelLoadTimeout", StringComparison.Ordinal));

            File.Copy(trained.Path, path, overwrite: true);
            await RunningService.UntilAsync(async () => (await client.GetAsync("health")).IsSuccessStatusCode);
            using HttpResponseMessage answer = await client.PostAsync("classify", new ByteArrayContent(TrainedModel.Draw("red", new Random(1))));
            Assert.Equal("red", (await answer.Content.ReadFromJsonAsync<Classification>())!.Label);

            using Process stop = Process.Start("kill", [$"{process.Id}"]);
            await process.WaitForExitAsync().WaitAsync(_patience);
        }
        finally
        {
            process.Kill();
        }
    }

    /// <summary>
    /// The trained model with an input schema of which ML.NET's reader takes more than there is: the CRC-32 fits, so that no check can
    /// tell.
    /// </summary>
    private byte[] Endless()
    {
        var context = new MLContext();
        var zip = new MemoryStream();
        context.Model.Save(context.Model.Load(trained.Path, out _), context.Data.LoadFromEnumerable<VectorRow>([]).Schema, zip);
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Update, leaveOpen: true))
        {
            using Stream schema = archive.GetEntry("Schema")!.Open();
            byte[] bytes = new byte[schema.Length];
            schema.ReadExactly(bytes);
            // The number of the vector's dimensions, behind its type.
            int dimensions = bytes.AsSpan().LastIndexOf((byte[])[.. "Single\0"u8, 1, 0, 0, 0]) + 7;
            BitConverter.TryWriteBytes(bytes.AsSpan(dimensions), 1 << 20);
            schema.Position = 0;
            schema.Write(bytes);
        }
        context.Model.Verify(zip);
        return zip.ToArray();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();

    private sealed class VectorRow
    {
        public string ImagePath { get; set; } = "";

        [VectorType(7)]
        public float[] Numbers { get; set; } = [];
    }

    private sealed class Model(int id, SpikingNetwork network) : IServedModel
    {
        public int Id => id;

        public IReadOnlyList<string> Classes => ["a", "b"];

        public SpikingNetwork Network => network;

        public bool Admit(ArraySegment<byte> upload, ClientBudget client) => throw new NotSupportedException();

        public IUploadDecoder CreateDecoder() => throw new NotSupportedException();
    }

    private sealed class Lines : ILogger<ModelLog>
    {
        public List<string> Errors { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Error)
                Errors.Add(formatter(state, exception));
        }
    }
}
