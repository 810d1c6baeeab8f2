using System.ComponentModel.DataAnnotations;

namespace WebApp;

/// <summary>The settings of the service: section "Service" of its configuration.</summary>
internal sealed class ServiceOptions
{
    public const string Section = "Service";

    /// <summary>The zip of a model that was trained on picture files. The service starts without it and waits for it.</summary>
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

    /// <summary>The difference of the highest and the second highest probability, 0 to 1, at which a network stops; null for none.</summary>
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
    public int MaxEvents { get; set; } = 4 << 20;

    /// <summary>Uploads that are scored at the same time.</summary>
    [Range(1, 1024)]
    public int MaxConcurrency { get; set; } = Environment.ProcessorCount;

    /// <summary>Uploads that wait for their turn; further ones are answered 429.</summary>
    [Range(0, 100_000)]
    public int MaxWaiting { get; set; } = 256;

    /// <summary>Open connections; with <see cref="MaxBodyBytes"/> this bounds the memory of uploads.</summary>
    [Range(1, 100_000)]
    public int MaxConnections { get; set; } = 512;
}
