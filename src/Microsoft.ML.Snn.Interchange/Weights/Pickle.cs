using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Snn.Interchange.Weights;

/// <summary>A function or class that a pickle names. It is never looked up.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A part of a storage that a pickle makes a tensor of.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Stride);

/// <summary>Elements outside the pickle.</summary>
internal sealed record PickleStorage(TensorType Type, string Key, long Count);

/// <summary>
/// Reads the pickles of PyTorch's state dicts: numbers, texts, tuples, lists, dictionaries and tensors. Nothing is executed: of all
/// functions and classes that a pickle may name, three functions and the types of storages are understood, and all else is refused by its
/// name. What is read takes memory in proportion to the pickle, whatever refers to what.
/// </summary>
/// <param name="bytes">The pickle.</param>
internal sealed class Pickle(byte[] bytes)
{
    private static readonly PickleGlobal _dictionary = new("collections", "OrderedDict");
    private static readonly PickleGlobal _tensor = new("torch._utils", "_rebuild_tensor_v2");
    private static readonly PickleGlobal _parameter = new("torch._utils", "_rebuild_parameter");

    private readonly Stack<List<object?>> _marked = new();
    private readonly Dictionary<long, object?> _memo = [];
    private List<object?> _stack = [];
    private int _position;
    // Of all tensors; a size in the pickle may be used again and again.
    private long _sizes;

    /// <summary>The object that is pickled.</summary>
    /// <exception cref="InvalidDataException">The pickle is damaged, or holds what is not understood: the message names it.</exception>
    public object? Read()
    {
        try
        {
            while (true)
            {
                byte code = Next(1)[0];
                if (code == '.')
                    return Pop();
                Do(code);
            }
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException("The pickle is damaged.", e);
        }
    }

    private void Do(byte code)
    {
        switch (code)
        {
            case 0x80: // PROTO
                Next(1);
                break;
            case 0x95: // FRAME
                Next(8);
                break;
            case (byte)'(':
                _marked.Push(_stack);
                _stack = [];
                break;
            case (byte)'}':
                _stack.Add(new Dictionary<object, object?>());
                break;
            case (byte)']':
                _stack.Add(new List<object?>());
                break;
            case (byte)')':
                _stack.Add(Array.Empty<object?>());
                break;
            case (byte)'N':
                _stack.Add(null);
                break;
            case 0x88 or 0x89: // NEWTRUE, NEWFALSE
                _stack.Add(code == 0x88);
                break;
            case (byte)'K':
                _stack.Add((long)Next(1)[0]);
                break;
            case (byte)'M':
                _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Next(2)));
                break;
            case (byte)'J':
                _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Next(4)));
                break;
            case 0x8a: // LONG1
                _stack.Add(Long(Next(Next(1)[0])));
                break;
            case (byte)'G':
                _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Next(8)));
                break;
            case (byte)'X':
                _stack.Add(Encoding.UTF8.GetString(Next(BinaryPrimitives.ReadInt32LittleEndian(Next(4)))));
                break;
            case 0x8c: // SHORT_BINUNICODE
                _stack.Add(Encoding.UTF8.GetString(Next(Next(1)[0])));
                break;
            case (byte)'q':
                _memo[Next(1)[0]] = _stack[^1];
                break;
            case (byte)'r':
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Next(4))] = _stack[^1];
                break;
            case 0x94: // MEMOIZE
                _memo[_memo.Count] = _stack[^1];
                break;
            case (byte)'h':
                _stack.Add(_memo[Next(1)[0]]);
                break;
            case (byte)'j':
                _stack.Add(_memo[BinaryPrimitives.ReadUInt32LittleEndian(Next(4))]);
                break;
            case (byte)'t':
                // Before the stack, which it changes, is looked at.
                List<object?> elements = PopMarked();
                _stack.Add(elements.ToArray());
                break;
            case 0x85 or 0x86 or 0x87: // TUPLE1 to TUPLE3
                int size = code - 0x84;
                object?[] tuple = [.. _stack.GetRange(_stack.Count - size, size)];
                _stack.RemoveRange(_stack.Count - size, size);
                _stack.Add(tuple);
                break;
            case (byte)'s':
                (object? value, object? key) = (Pop(), Pop());
                Top<Dictionary<object, object?>>()[key!] = value;
                break;
            case (byte)'u':
                List<object?> items = PopMarked();
                var target = Top<Dictionary<object, object?>>();
                for (int i = 0; i < items.Count; i += 2)
                    target[items[i]!] = items[i + 1];
                break;
            case (byte)'a':
                object? item = Pop();
                Top<List<object?>>().Add(item);
                break;
            case (byte)'e':
                List<object?> more = PopMarked();
                Top<List<object?>>().AddRange(more);
                break;
            case (byte)'c':
                _stack.Add(Known(new(Line(), Line())));
                break;
            case 0x93: // STACK_GLOBAL
                (string name, string module) = (Pop<string>(), Pop<string>());
                _stack.Add(Known(new(module, name)));
                break;
            case (byte)'Q':
                _stack.Add(Storage(Pop<object?[]>()));
                break;
            case (byte)'R':
                (object?[] arguments, PickleGlobal function) = (Pop<object?[]>(), Pop<PickleGlobal>());
                _stack.Add(Call(function, arguments));
                break;
            case (byte)'b':
                // What an ordered dictionary has beside its items are the versions of modules.
                Pop();
                if (_stack[^1] is not Dictionary<object, object?>)
                    throw new InvalidDataException("The pickle sets the state of an object that is no dictionary: it is no state dict.");
                break;
            default:
                throw new InvalidDataException(
                    $"The pickle has the instruction 0x{code:x2} at {_position - 1}, which no state dict needs. Save model.state_dict().");
        }
    }

    private object? Call(PickleGlobal function, object?[] arguments)
    {
        if (function == _dictionary && arguments.Length == 0)
            return new Dictionary<object, object?>();
        // (tensor, whether it has a gradient, hooks)
        if (function == _parameter && arguments is [PickleTensor parameter, ..])
            return parameter;
        // (storage, offset, sizes, strides, whether it has a gradient, hooks)
        if (function == _tensor && arguments is [PickleStorage storage, long offset, object?[] shape, object?[] stride, ..]
            && shape.Length == stride.Length)
        {
            if (shape.Length > NamedTensor.MostDimensions || (_sizes += shape.Length) > bytes.Length)
            {
                throw new InvalidDataException(
                    $"The pickle has a tensor of {shape.Length} dimensions, or tensors of more dimensions than it has bytes: it is "
                    + "damaged.");
            }
            return new PickleTensor(storage, offset, [.. shape.Select(Number)], [.. stride.Select(Number)]);
        }
        throw new InvalidDataException($"The pickle calls {function} with what it does not take.");
    }

    private static PickleStorage Storage(object?[] id) =>
        id is ["storage", PickleGlobal type, string key, string, long count]
            && TensorType.Torch.TryGetValue(type.Name, out TensorType? elements)
            ? new(elements, key, count) : throw new InvalidDataException("The pickle refers to something that is no storage.");

    /// <exception cref="InvalidDataException">It is not one of those that a state dict needs.</exception>
    private static PickleGlobal Known(PickleGlobal global) =>
        global == _dictionary || global == _tensor || global == _parameter
            || global.Module == "torch" && TensorType.Torch.ContainsKey(global.Name)
            ? global
            : throw new InvalidDataException(
                $"The pickle asks for {global}, which is refused: nothing in a file is executed. Save model.state_dict().");

    private static long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8)
            throw new InvalidDataException("The pickle has a number of more than 64 bits.");
        long value = 0;
        for (int i = 0; i < 8; i++)
            value |= (long)(i < bytes.Length ? bytes[i] : bytes.Length > 0 && bytes[^1] >= 0x80 ? 0xff : 0) << (8 * i);
        return value;
    }

    private ReadOnlySpan<byte> Next(int count)
    {
        if (count < 0 || count > bytes.Length - _position)
            throw new InvalidDataException("The pickle ends too soon.");
        _position += count;
        return bytes.AsSpan(_position - count, count);
    }

    private string Line()
    {
        int end = bytes.AsSpan(_position).IndexOf((byte)'\n');
        string line = Encoding.UTF8.GetString(Next(end));
        _position++;
        return line;
    }

    private T Top<T>() => _stack[^1] is T top ? top : throw new InvalidDataException($"The pickle is damaged at {_position}.");

    private T Pop<T>() => Pop() is T top ? top : throw new InvalidDataException($"The pickle is damaged at {_position}.");

    private static long Number(object? value) =>
        value is long number ? number : throw new InvalidDataException("The pickle has a size that is no whole number.");

    private object? Pop()
    {
        object? top = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private List<object?> PopMarked()
    {
        List<object?> items = _stack;
        _stack = _marked.Pop();
        return items;
    }
}
