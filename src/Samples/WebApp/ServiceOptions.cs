using System.ComponentModel.DataAnnotations;
using WebApp.Access;
using WebApp.Limits;

namespace WebApp;

/// <summary>
/// The settings of the service: section "Service" of its configuration. A client is who shows a key or a token; of the others, an address,
/// or an IPv6 network of 64 bits.
/// </summary>
internal sealed class ServiceOptions : IValidatableObject
{
    public const string Section = "Service";

    /// <summary>
    /// The zip of a model that was trained on picture files. The service starts without it and waits for it. A relative path starts from
    /// the working folder or, where there is no such file, from the program's folder or one above it.
    /// </summary>
    [Required]
    public string Model { get; set; } = Path.Combine("artifacts", "TrainAndScore", "model.zip");

    /// <summary>The zip of a model of event recordings; null for a service that takes neither recordings nor streams.</summary>
    public string? EventModel { get; set; }

    /// <summary>How often to look whether the models' files have changed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "1.00:00:00")]
    public TimeSpan ModelPolling { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the loading of a model may take: a damaged or hostile file can make it last forever. The service then goes on without that
    /// file, and its log says so. Raise it for huge models on slow machines; the default is some hundred times what a model of some MB
    /// takes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "1.00:00:00")]
    public TimeSpan ModelLoadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The highest probability, 0 to 1, at which a network stops before it has used all of its time steps; null, like
    /// <see cref="ExitMargin"/>, for none.
    /// </summary>
    [Range(0.0, 1.0)]
    public float? ExitConfidence { get; set; }

    /// <summary>
    /// The difference of the highest and the second highest probability, 0 to 1, at which a network stops; null for none.
    /// </summary>
    [Range(0.0, 1.0)]
    public float? ExitMargin { get; set; }

    /// <summary>The largest upload, in bytes.</summary>
    [Range(1, 1 << 30)]
    public long MaxBodyBytes { get; set; } = 8 << 20;

    /// <summary>The most pixels, width times height, of a picture. Decoding one takes 8 bytes a pixel.</summary>
    [Range(1, 1 << 28)]
    public long MaxPixels { get; set; } = 16 << 20;

    /// <summary>The most events of a recording. Each takes 16 bytes, and as much again while it is read.</summary>
    [Range(1, 1 << 28)]
    public int MaxEvents { get; set; } = 1 << 20;

    /// <summary>Uploads that are scored at the same time.</summary>
    [Range(1, 1024)]
    public int MaxConcurrency { get; set; } = Environment.ProcessorCount;

    /// <summary>Uploads that wait for their turn; further ones are answered 429.</summary>
    [Range(0, 100_000)]
    public int MaxWaiting { get; set; } = 256;

    /// <summary>
    /// Bytes of uploads that are held in memory at the same time. A client may hold as much as is left for others; further uploads are
    /// answered 503.
    /// </summary>
    [Range(1, 1L << 40)]
    public long MaxUploadBytes { get; set; } = 128 << 20;

    /// <summary>Open connections of all clients.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 4096;

    /// <summary>Open streams of all clients; further ones are answered 503.</summary>
    [Range(1, 100_000)]
    public int MaxStreams { get; set; } = 64;

    /// <summary>The fewest events in a slice of a stream: each slice costs a run of the network.</summary>
    [Range(1, 1 << 20)]
    public int MinSliceEvents { get; set; } = 100;

    /// <summary>How long a connection may be idle between requests.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client may take to send the headers of a request.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The slowest that a client may send an upload or take an answer, on average after the first five seconds.</summary>
    [Range(1, 1 << 30)]
    public int MinBytesPerSecond { get; set; } = 16 << 10;

    /// <summary>Open connections of an address, whoever shows keys on them; further ones are closed at once.</summary>
    [Range(1, 1_000_000)]
    public int ClientConnections { get; set; } = 64;

    /// <summary>
    /// Requests of a client in a second, of any kind; it begins with twice as many. Further ones are answered 429, as are those below.
    /// </summary>
    [Range(10, 1_000_000)]
    public int ClientRequestsPerSecond { get; set; } = 50;

    /// <summary>Uploads of a client that are received, wait or are scored at the same time.</summary>
    [Range(1, 100_000)]
    public int ClientUploads { get; set; } = 16;

    /// <summary>Bytes of a client's uploads that are held in memory at the same time.</summary>
    [Range(1, 1L << 40)]
    public long ClientUploadBytes { get; set; } = 32 << 20;

    /// <summary>
    /// Pixels of a client's pictures in a second, as they are before they are resized; it begins with twice <see cref="MaxPixels"/>.
    /// </summary>
    [Range(10, 1 << 30)]
    public int ClientPixelsPerSecond { get; set; } = 4 << 20;

    /// <summary>
    /// Events of a client's recordings and streams in a second; it begins with twice <see cref="MaxEvents"/>. A stream of more has to wait.
    /// </summary>
    [Range(10, 1 << 30)]
    public int ClientEventsPerSecond { get; set; } = 1 << 18;

    /// <summary>Open streams of a client.</summary>
    [Range(1, 100_000)]
    public int ClientStreams { get; set; } = 4;

    /// <summary>
    /// Proxies that this service stands behind, as addresses or networks (10.0.0.0/8). Their word is taken for the client's address and
    /// scheme (X-Forwarded-For, X-Forwarded-Proto), and their connections are not counted.
    /// </summary>
    public string[] KnownProxies { get; set; } = [];

    /// <summary>Other sites, such as https://example.org, whose pages may use this service in a browser, streams included.</summary>
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>
    /// Names of clients, and the SHA-256 of each one's key in hexadecimal digits. Once there is one, or the section
    /// Authentication:Schemes:Bearer, uploads and streams need a key or a token.
    /// </summary>
    public Dictionary<string, string> ApiKeys { get; set; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ClientUploadBytes < MaxBodyBytes)
            yield return new($"{nameof(ClientUploadBytes)} is {ClientUploadBytes}: it must be at least {nameof(MaxBodyBytes)}, "
                + $"{MaxBodyBytes}.");
        if (MaxUploadBytes < 2 * ClientUploadBytes)
        {
            yield return new(
                $"{nameof(MaxUploadBytes)} is {MaxUploadBytes}: it must be at least twice {nameof(ClientUploadBytes)}, "
                    + $"{ClientUploadBytes}.");
        }
        foreach (string proxy in KnownProxies.Where(proxy => !ClientAddress.TryParseNetwork(proxy, out _)))
            yield return new($"{nameof(KnownProxies)} has '{proxy}': it must be an address or a network, such as 10.0.0.5 or 10.0.0.0/8.");
        foreach (string origin in AllowedOrigins.Where(origin => !OriginCheck.IsOrigin(origin)))
            yield return new($"{nameof(AllowedOrigins)} has '{origin}': it must be a scheme and a host, such as https://example.org.");
        foreach ((string client, string hash) in ApiKeys.Where(key => !ApiKeyHandler.IsHash(key.Value)))
        {
            yield return new(
                $"{nameof(ApiKeys)}:{client} has {hash.Length} characters: it must be the SHA-256 of the key, 64 hexadecimal digits.");
        }
    }
}
