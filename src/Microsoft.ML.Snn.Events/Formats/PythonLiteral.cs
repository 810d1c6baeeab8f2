namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Parses the Python literals that NumPy headers are made of: dictionaries with text keys, lists and tuples (both as lists), text without
/// escapes, whole numbers, True and False.
/// </summary>
internal ref struct PythonLiteral
{
    // A data type within a data type is two brackets; nothing sane has more than a few.
    private const int DeepestNesting = 16;
    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _depth;

    private PythonLiteral(ReadOnlySpan<char> text) => _text = text;

    /// <exception cref="InvalidDataException">The text is no such literal.</exception>
    public static object Parse(ReadOnlySpan<char> text)
    {
        var parser = new PythonLiteral(text);
        object value = parser.ReadValue();
        parser.SkipSpace();
        return parser._at == text.Length ? value : throw parser.Unexpected();
    }

    private object ReadValue()
    {
        SkipSpace();
        char first = _at < _text.Length ? _text[_at] : '\0';
        switch (first)
        {
            case '{':
                return ReadDictionary();
            case '(':
                return ReadList(')');
            case '[':
                return ReadList(']');
            case '\'' or '"':
                return ReadText(first);
            case 'T' when TakeWord("True"):
                return true;
            case 'F' when TakeWord("False"):
                return false;
            default:
                return ReadNumber();
        }
    }

    private Dictionary<string, object> ReadDictionary()
    {
        var result = new Dictionary<string, object>();
        Open();
        while (!TryClose('}'))
        {
            if (ReadValue() is not string key)
                throw Unexpected();
            SkipSpace();
            if (!TryTake(':'))
                throw Unexpected();
            result[key] = ReadValue();
            EndItem('}');
        }
        return result;
    }

    private List<object> ReadList(char end)
    {
        var result = new List<object>();
        Open();
        while (!TryClose(end))
        {
            result.Add(ReadValue());
            EndItem(end);
        }
        return result;
    }

    private string ReadText(char quote)
    {
        int length = _text[(_at + 1)..].IndexOf(quote);
        if (length < 0)
            throw Unexpected();
        string text = new(_text.Slice(_at + 1, length));
        _at += length + 2;
        return text;
    }

    private long ReadNumber()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '-'))
            _at++;
        if (!long.TryParse(_text[start.._at], out long number))
            throw Unexpected();
        // Python 2 marks long numbers so.
        TryTake('L');
        return number;
    }

    private void Open()
    {
        _at++;
        if (++_depth > DeepestNesting)
            throw Unexpected();
    }

    private bool TryClose(char end)
    {
        SkipSpace();
        if (!TryTake(end))
            return false;
        _depth--;
        return true;
    }

    private void EndItem(char end)
    {
        SkipSpace();
        if (!TryTake(',') && !(_at < _text.Length && _text[_at] == end))
            throw Unexpected();
    }

    private bool TryTake(char character)
    {
        if (_at >= _text.Length || _text[_at] != character)
            return false;
        _at++;
        return true;
    }

    private bool TakeWord(string word)
    {
        if (!_text[_at..].StartsWith(word))
            return false;
        _at += word.Length;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    private readonly InvalidDataException Unexpected() => new($"the array's description cannot be read at character {_at}.");
}
