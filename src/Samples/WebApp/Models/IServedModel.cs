using Microsoft.ML.Snn;
using WebApp.Limits;

namespace WebApp.Models;

/// <summary>A model of one kind of upload. Immutable; each request takes a decoder of its own.</summary>
internal interface IServedModel
{
    /// <summary>The names of the classes, in the order of the scores.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>The spiking network inside the model.</summary>
    SpikingNetwork Network { get; }

    /// <summary>Looks at what can be told of an upload before it is decoded, and counts it against its client's budget.</summary>
    /// <returns>Whether it may take long.</returns>
    /// <exception cref="Endpoints.RefusedException">It is damaged or too large, or its client has had too much lately.</exception>
    bool Admit(ArraySegment<byte> upload, ClientBudget client);

    /// <summary>A decoder of uploads, for one thread at a time.</summary>
    IUploadDecoder CreateDecoder();
}

/// <summary>Makes the network's features of an upload.</summary>
internal interface IUploadDecoder : IDisposable
{
    /// <param name="upload">The whole file, admitted before.</param>
    /// <param name="client">Whose upload it is: what it turns out to hold counts against its budget.</param>
    /// <exception cref="Endpoints.RefusedException">
    /// It is damaged, too large or of another kind, or its client has had too much lately.
    /// </exception>
    DecodedUpload Decode(ArraySegment<byte> upload, ClientBudget client);
}

/// <summary>What the network is given of an upload.</summary>
/// <param name="Features">One row of the network's features.</param>
/// <param name="Damage">What is wrong with the upload, where the model was trained to make do with the rest; null where nothing is.</param>
internal sealed record DecodedUpload(float[] Features, string? Damage = null);
