using System.Globalization;
using System.Text;
using ServiceAttack.Attacks;

namespace ServiceAttack;

/// <summary>One attack after the other on a service, a good client beside them, and what came of it.</summary>
internal sealed class Siege
{
    private static readonly TimeSpan _memorySample = TimeSpan.FromMilliseconds(50);

    private readonly List<Phase> _phases = [];

    private sealed record Phase(string Name, Tally Tally, GoodClientReport Good, double PeakMebibytes, double EndMebibytes);

    /// <summary>Lines of the service's log that tell of an error.</summary>
    public IReadOnlyList<string> Errors { get; private set; } = [];

    /// <summary>Whether the service still ran at the end.</summary>
    public bool IsAlive { get; private set; }

    /// <summary>Whether the good client had all its answers, all of them right, and the service neither ended nor told of an error.</summary>
    public bool IsWithstood =>
        IsAlive && Errors.Count == 0 && _phases.TrueForAll(phase => phase.Good is { Refused: 0, Lost: 0, Wrong: 0 } && phase.Tally.Lost == 0);

    /// <summary>Memory of the service's process at most, in MiB.</summary>
    public double PeakMebibytes => _phases.Max(phase => phase.PeakMebibytes);

    /// <param name="pictures">The zip of a model of pictures.</param>
    /// <param name="recordings">The zip of a model of recordings.</param>
    /// <param name="plan">How hard to attack.</param>
    public static async Task<Siege> RunAsync(string pictures, string recordings, AttackPlan plan)
    {
        string folder = Directory.CreateTempSubdirectory("snnml-attack-").FullName;
        try
        {
            string model = Path.Combine(folder, "model.zip");
            File.Copy(pictures, model);
            using ServiceProcess service = await ServiceProcess.StartAsync(model, Path.GetFullPath(recordings));
            var siege = new Siege();
            await siege.RunAsync(service, new(service.Address, model, HostileFiles.Black(64), plan));
            siege.IsAlive = !service.HasEnded;
            siege.Errors = service.Errors;
            return siege;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The table of what came of it.</summary>
    public string ToTable()
    {
        var table = new StringBuilder();
        table.AppendLine("| attack | requests | answered or held | refused | lost | good client: requests | refused | lost | wrong | longest wait | memory: peak | at the end |");
        table.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (Phase phase in _phases)
        {
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {phase.Name} | {phase.Tally.Sent} | {phase.Tally.Answered} | {phase.Tally.Refused} | {phase.Tally.Lost} | {phase.Good.Sent} | "
                + $"{phase.Good.Refused} | {phase.Good.Lost} | {phase.Good.Wrong} | {phase.Good.LongestWait.TotalMilliseconds:F0} ms | "
                + $"{phase.PeakMebibytes:F0} MiB | {phase.EndMebibytes:F0} MiB |");
        }
        table.AppendLine(CultureInfo.InvariantCulture,
            $"The service {(IsAlive ? "runs" : "has ended")}; its log has {Errors.Count} errors, those of damaged models aside.");
        foreach (string error in Errors.Take(3))
            table.AppendLine(error);
        return table.ToString();
    }

    private async Task RunAsync(ServiceProcess service, Target target)
    {
        byte[] bomb = HostileFiles.Black(4096), events = HostileFiles.Events(1_000_000), garbage = Noise(200_000), tooLarge = Noise(9 << 20);
        using var good = new GoodClient(target.Service, target.Picture);
        await AddAsync("none", target.Plan.Duration, (_, end) => Task.Delay(Timeout.Infinite, end));
        await AddAsync("small pictures, 4 addresses, 32 clients", target.Plan.Duration, (tally, end) =>
            Flood.RunAsync(
                target, tally, network: 1, addresses: 4, clients: 8,
                i => Flood.Upload(target.Picture, i % 2 == 0 ? "classify" : "inspect"), end));
        await AddAsync("1,200 idle connections, half of them of one address", target.Plan.Duration, (tally, end) =>
            HeldConnections.IdleAsync(target, tally, end));
        await AddAsync("200 requests, a byte a second", target.Plan.Duration, (tally, end) => HeldConnections.SlowHeadersAsync(target, tally, end));
        await AddAsync("200 uploads announced", target.Plan.Duration, (tally, end) => HeldConnections.AnnouncedAsync(target, tally, end));
        await AddAsync("64 uploads of 8 MiB held", target.Plan.Duration, (tally, end) => HeldConnections.UploadsAsync(target, tally, end));
        await AddAsync("PNGs of 4096 x 4096 pixels, 4 addresses, 16 clients", target.Plan.Duration, (tally, end) =>
            Flood.RunAsync(target, tally, network: 9, addresses: 4, clients: 4, _ => Flood.Upload(bomb), end));
        await AddAsync("recordings of 1,000,000 events, 4 addresses, 8 clients", target.Plan.Duration, (tally, end) =>
            Flood.RunAsync(target, tally, network: 10, addresses: 4, clients: 2, _ => Flood.Upload(events), end));
        await AddAsync("noise, bodies too large, unknown hosts and origins", target.Plan.Duration, (tally, end) =>
            Flood.RunAsync(target, tally, network: 11, addresses: 4, clients: 2, i => Unwanted(i, garbage, tooLarge), end));
        await AddAsync("40 streams that never read and end by a reset", target.Plan.Duration, (tally, end) => RudeStreams.RunAsync(target, tally, end));
        await AddAsync("damaged models, 2 addresses, 4 clients", target.Plan.Duration, (tally, end) => DamagedModels.RunAsync(target, tally, end));
        await AddAsync("none again", target.Plan.Rest, (_, end) => Task.Delay(Timeout.Infinite, end));

        async Task AddAsync(string name, TimeSpan time, Func<Tally, CancellationToken, Task> attack)
        {
            var tally = new Tally();
            using var end = new CancellationTokenSource(time);
            using var ended = new CancellationTokenSource();
            Task<double> memory = WatchMemoryAsync(service, ended.Token);
            Task<GoodClientReport> report = Task.Run(() => good.RunAsync(ended.Token), CancellationToken.None);
            try
            {
                await attack(tally, end.Token);
            }
            catch (OperationCanceledException)
            {
                // Over.
            }
            await ended.CancelAsync();
            GoodClientReport seen = await report;
            _phases.Add(new(name, tally, seen, await memory, service.ResidentMebibytes));
        }
    }

    private static HttpRequestMessage Unwanted(int number, byte[] garbage, byte[] tooLarge)
    {
        HttpRequestMessage request = Flood.Upload(number % 8 == 3 ? tooLarge : garbage);
        if (number % 4 == 1)
            request.Headers.Host = "attacker.example";
        else if (number % 4 == 2)
            request.Headers.Add("Origin", "https://attacker.example");
        // Who announces too much hears of it before he sends it.
        request.Headers.ExpectContinue = true;
        return request;
    }

    private static async Task<double> WatchMemoryAsync(ServiceProcess service, CancellationToken end)
    {
        double peak = service.ResidentMebibytes;
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(_memorySample, CancellationToken.None);
            peak = Math.Max(peak, service.ResidentMebibytes);
        }
        return peak;
    }

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
