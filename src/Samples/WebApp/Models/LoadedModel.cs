using Microsoft.Extensions.ObjectPool;
using PictureScoring;

namespace WebApp.Models;

/// <summary>A model and the pool of its scorers, each of which serves one request at a time.</summary>
internal sealed class LoadedModel(PictureModel model) : IDisposable
{
    private readonly ObjectPool<PictureScorer> _scorers = new DefaultObjectPoolProvider().Create(new Policy(model));

    public PictureModel Model => model;

    /// <exception cref="ObjectDisposedException">Another model has taken this one's place.</exception>
    public PictureScorer Rent() => _scorers.Get();

    /// <summary>Takes a scorer back, or disposes it if another model has taken this one's place meanwhile.</summary>
    public void Return(PictureScorer scorer) => _scorers.Return(scorer);

    /// <summary>Disposes the idle scorers; those that are rented go when they are returned.</summary>
    public void Dispose() => ((IDisposable)_scorers).Dispose();

    private sealed class Policy(PictureModel model) : PooledObjectPolicy<PictureScorer>
    {
        public override PictureScorer Create() => model.CreateScorer();

        public override bool Return(PictureScorer obj) => true;
    }
}
