using System.Collections.Concurrent;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using StreamCluster.Streams;

namespace Samples.Tests.StreamClustering;

/// <summary>A storage that outlives the hosts, as Redis does, and whose contents tests can change.</summary>
internal sealed class KeptStorage : IGrainStorage
{
    private readonly StoredStreamSerializer _serializer = new();

    /// <summary>What is stored of each stream, by the stream's name.</summary>
    public ConcurrentDictionary<string, (byte[] Bytes, string Tag)> Stored { get; } = new();

    /// <summary>Whether nothing can be stored.</summary>
    public bool IsAway { get; set; }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.RecordExists = Stored.TryGetValue(Name(grainId), out (byte[] Bytes, string Tag) stored);
        grainState.ETag = stored.Tag;
        grainState.State = grainState.RecordExists
            ? _serializer.Deserialize<T>(new(stored.Bytes)) : Activator.CreateInstance<T>();
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (IsAway)
            throw new IOException("The storage is away.");
        string? tag = Stored.TryGetValue(Name(grainId), out (byte[] Bytes, string Tag) stored) ? stored.Tag : null;
        if (tag != grainState.ETag)
            throw new InconsistentStateException($"{tag} is stored", tag, grainState.ETag);
        grainState.ETag = Guid.NewGuid().ToString();
        grainState.RecordExists = true;
        Stored[Name(grainId)] = (_serializer.Serialize(grainState.State).ToArray(), grainState.ETag);
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Stored.TryRemove(Name(grainId), out _);
        (grainState.RecordExists, grainState.ETag, grainState.State) = (false, null!, Activator.CreateInstance<T>());
        return Task.CompletedTask;
    }

    private static string Name(GrainId id) => id.Key.ToString()!;
}
