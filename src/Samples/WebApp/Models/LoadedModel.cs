using Microsoft.Extensions.ObjectPool;

namespace WebApp.Models;

/// <summary>A model and the pool of its decoders, each of which serves one request at a time.</summary>
internal sealed class LoadedModel<TModel>(TModel model) : IDisposable
    where TModel : class, IServedModel
{
    private readonly ObjectPool<IUploadDecoder> _decoders = new DefaultObjectPoolProvider().Create(new Policy(model));

    public TModel Model => model;

    /// <exception cref="ObjectDisposedException">Another model has taken this one's place.</exception>
    public IUploadDecoder Rent() => _decoders.Get();

    /// <summary>Takes a decoder back, or disposes it if another model has taken this one's place meanwhile.</summary>
    public void Return(IUploadDecoder decoder) => _decoders.Return(decoder);

    /// <summary>Disposes the idle decoders; those that are rented go when they are returned.</summary>
    public void Dispose() => ((IDisposable)_decoders).Dispose();

    private sealed class Policy(TModel model) : PooledObjectPolicy<IUploadDecoder>
    {
        public override IUploadDecoder Create() => model.CreateDecoder();

        public override bool Return(IUploadDecoder obj) => true;
    }
}
