using System.CommandLine;
using System.Net;
using StreamCluster.Hosting;

namespace StreamCluster.CommandLine;

/// <summary>The options of the command <c>host</c>.</summary>
internal sealed class HostOptions
{
    public const int UsualGateway = 30000;

    private readonly Option<string> _model = new("--model")
    {
        Description = "Zip of a model of recordings, as EventCamera saves it. The same for all hosts of a cluster.", HelpName = "zip",
        Required = true,
    };

    private readonly Option<long?> _sliceEvents = NumberOption.Optional(
        "--slice-events", "Events of a slice. Without it, the model's own slicing, or 1000 where that needs whole recordings.", 1, 1 << 24);

    private readonly Option<long?> _window = NumberOption.Optional(
        "--window", "Number of slices that the scores are the mean over: the latest ones. Without it, all.", 1, 1 << 16);

    private readonly Option<long> _snapshot = NumberOption.Of(
        "--snapshot-slices", "Slices after which a stream stores a snapshot", 10, 1, 1 << 20);

    private readonly Option<string?> _redis = new("--redis")
    {
        Description = "Redis in which the hosts of a cluster meet and snapshots are stored. Without it, one host by itself, which keeps "
            + "them in its memory.",
        HelpName = "host:port",
    };

    private readonly Option<IPAddress> _address = new("--address")
    {
        Description = "Where other hosts and clients reach this one.", HelpName = "ip", DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = result =>
        {
            if (IPAddress.TryParse(result.Tokens[0].Value, out IPAddress? address))
                return address;
            result.AddError($"--address must be an IP address, not '{result.Tokens[0].Value}'.");
            return IPAddress.None;
        },
    };

    private readonly Option<long> _port = NumberOption.Of("--port", "Port for other hosts", 11111, 1, ushort.MaxValue);

    private readonly Option<long> _gatewayPort = NumberOption.Of("--gateway-port", "Port for clients", UsualGateway, 1, ushort.MaxValue);

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_model, _sliceEvents, _window, _snapshot, _redis, _address, _port, _gatewayPort])
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_redis) is null && result.GetResult(_address) is { Implicit: false })
                result.AddError("--address needs --redis: a host by itself is reached from its own machine only.");
        });
    }

    public HostSettings Read(ParseResult result) => new(
        result.GetRequiredValue(_model), (int?)result.GetValue(_sliceEvents), (int?)result.GetValue(_window),
        (int)result.GetValue(_snapshot), result.GetValue(_redis), result.GetRequiredValue(_address), (int)result.GetValue(_port),
        (int)result.GetValue(_gatewayPort));
}
