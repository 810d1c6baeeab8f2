namespace BatchScore.Models;

/// <summary>A saved model, for what does not come from its own loader. Immutable; each thread takes a scorer of its own.</summary>
internal interface IBatchModel
{
    /// <summary>The names of the classes, in the order of the scores.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>A scorer, for one thread at a time.</summary>
    IRowScorer CreateScorer();
}

/// <summary>Scores what files or columns hold, one by one.</summary>
internal interface IRowScorer : IDisposable
{
    /// <summary>The probability of each class.</summary>
    /// <param name="bytes">A picture or recording, encoded as its file is.</param>
    /// <exception cref="UnreadableRowException">They are not what the model takes, or are damaged.</exception>
    float[] Score(byte[] bytes);
}

/// <summary>Bytes that cannot be scored. The message is a phrase that says why, for the column <c>error</c>.</summary>
internal sealed class UnreadableRowException(string message, Exception? inner = null) : Exception(message, inner);
