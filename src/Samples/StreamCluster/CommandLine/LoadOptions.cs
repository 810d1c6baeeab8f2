using System.CommandLine;
using System.Net;
using StreamCluster.Load;
using StreamCluster.Streams;

namespace StreamCluster.CommandLine;

/// <summary>The options of the command <c>load</c>.</summary>
internal sealed class LoadOptions
{
    private readonly Option<string?> _redis = new("--redis")
    {
        Description = "Redis in which the hosts meet. Without it, the one host of this machine.", HelpName = "host:port",
    };

    private readonly Option<long> _gatewayPort = NumberOption.Of(
        "--gateway-port", "Port of a host by itself for clients", HostOptions.UsualGateway, 1, ushort.MaxValue);

    private readonly Option<string> _name = new("--name")
    {
        Description = "What the cameras' names begin with. Their streams start over.", HelpName = "name",
        DefaultValueFactory = _ => "camera",
    };

    private readonly Option<long> _cameras = NumberOption.Of("--cameras", "Number of simulated cameras", 4, 1, 100_000);

    private readonly Option<long> _events = NumberOption.Of("--events", "Events of each camera", 200_000, 1, 1L << 40);

    private readonly Option<long> _rate = NumberOption.Of("--rate", "Events a second of each camera", 20_000, 1, 1L << 30);

    private readonly Option<long> _batch = NumberOption.Of("--batch", "Events that are sent at once", 1000, 1, CameraStream.MostEvents);

    private readonly Option<string?> _verify = new("--verify")
    {
        Description = "The hosts' model: every score is compared, to the last bit, with that of a local session which nothing interrupts.",
        HelpName = "zip",
    };

    private readonly Option<long> _patience = NumberOption.Of("--patience", "Seconds for which a camera tries to send a batch", 60, 1, 86_400);

    private readonly Option<long> _seed = NumberOption.Of("--seed", "Decides all events", 1, 0, 1 << 30);

    public void AddTo(Command command)
    {
        Option[] options = [_redis, _gatewayPort, _name, _cameras, _events, _rate, _batch, _verify, _patience, _seed];
        foreach (Option option in options)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_redis) is not null && result.GetResult(_gatewayPort) is { Implicit: false })
                result.AddError("--gateway-port is that of a host by itself: --redis knows those of its hosts.");
        });
    }

    public LoadSettings Read(ParseResult result) => new(
        result.GetValue(_redis), new(IPAddress.Loopback, (int)result.GetValue(_gatewayPort)), result.GetRequiredValue(_name),
        (int)result.GetValue(_cameras), result.GetValue(_events), result.GetValue(_rate), (int)result.GetValue(_batch),
        result.GetValue(_verify), TimeSpan.FromSeconds(result.GetValue(_patience)), (int)result.GetValue(_seed));
}
