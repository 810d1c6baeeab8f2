using Orleans.Storage;

namespace StreamCluster.Streams;

/// <summary>Stores a stream's bytes as they are, so that it is the stream that refuses damaged ones, and by name.</summary>
internal sealed class StoredStreamSerializer : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input) => new(Expect<StoredStream, T>(input).Bytes);

    public T Deserialize<T>(BinaryData input) => Expect<T, StoredStream>(new() { Bytes = input.ToArray() });

    private static TTo Expect<TTo, TFrom>(TFrom? value) => value is TTo expected
        ? expected : throw new NotSupportedException($"Only {nameof(StoredStream)} is stored here, not {typeof(TFrom).Name}.");
}
