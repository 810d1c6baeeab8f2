using Microsoft.ML.Snn;

namespace WebApp.Models;

/// <summary>A model of one kind of upload. Immutable; each request takes a decoder of its own.</summary>
internal interface IServedModel
{
    /// <summary>The names of the classes, in the order of the scores.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>The spiking network inside the model.</summary>
    SpikingNetwork Network { get; }

    /// <summary>A decoder of uploads, for one thread at a time.</summary>
    IUploadDecoder CreateDecoder();
}

/// <summary>Makes the network's features of an upload.</summary>
internal interface IUploadDecoder : IDisposable
{
    /// <param name="upload">The whole file.</param>
    /// <returns>One row of the network's features.</returns>
    /// <exception cref="Endpoints.RefusedException">It is damaged, too large or of another kind.</exception>
    float[] Decode(ArraySegment<byte> upload);
}
