using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>
/// A dictionary that <c>torch.save</c> wrote, of plain values, lists and dictionaries of them, and tensors. The plain values are there as JSON, so that they are asked
/// for and checked like those of any other file; a tensor of one number is that number, any other stands there as a description of it.
/// </summary>
internal sealed class TorchDictionary
{
    private const int MostBytes = 1 << 26;
    private const int FlushBytes = 1 << 16;

    private readonly string _path;
    private readonly PickleDictionary _root;
    private readonly ITorchStorages _storages;

    private TorchDictionary(string path, PickleDictionary root, ITorchStorages storages)
    {
        _path = path;
        _root = root;
        _storages = storages;
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { MaxDepth = JsonInput.MaxDepth }))
        {
            Write(writer, json, "", root);
        }

        Values = JsonInput.Parse(path, json.WrittenSpan);
    }

    /// <summary>Everything in it.</summary>
    public JsonInput Values { get; }

    /// <summary>Reads a file. Its tensors can be read as long as it is open.</summary>
    /// <exception cref="InvalidInputException">The file is damaged, or holds something else than a dictionary of plain values and tensors.</exception>
    public static TorchDictionary Read(SourceFile file)
    {
        var (root, storages) = TorchFile.ReadObject(file);
        return root is PickleDictionary dictionary
            ? new(file.Path, dictionary, storages)
            : throw new InvalidInputException(file.Path, "doesn't hold a dictionary");
    }

    /// <summary>A tensor of it.</summary>
    /// <exception cref="InvalidInputException">There is none of that name.</exception>
    public TorchTensor RequireTensor(string key)
    {
        var value = Values.Require(key);
        return _root.Entries.GetValueOrDefault(key) is PickleTensor tensor ? Tensor(key, tensor) : throw value.Error($"is {JsonText.Describe(value.Kind)}; it must be a tensor");
    }

    private TorchTensor Tensor(string place, PickleTensor tensor) => new($"{_path}: {Text.OneLine(place)}", tensor, _storages);

    private void Write(Utf8JsonWriter writer, ArrayBufferWriter<byte> json, string place, object? value)
    {
        // The same list may stand in many places, and in lists that stand in many places.
        if (json.WrittenCount > MostBytes || writer.CurrentDepth >= JsonInput.MaxDepth - 1)
        {
            throw new InvalidInputException(_path, $"holds more than plain values and tensors: at {Text.OneLine(place)} they go on too deep, or for too long");
        }

        if (writer.BytesPending > FlushBytes)
        {
            writer.Flush();
        }

        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case BigInteger number:
                writer.WriteRawValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                WriteNumber(writer, number);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case PickleTensor { Shape.IsEmpty: true } tensor:
                WriteScalar(writer, tensor, Tensor(place, tensor));
                break;
            case PickleTensor tensor:
                writer.WriteStringValue("a tensor: " + Tensor(place, tensor).Description);
                break;
            case PickleDictionary dictionary:
                if (dictionary.HasOtherKeys)
                {
                    throw new InvalidInputException(_path, $"has keys that aren't texts{(place.Length == 0 ? "" : $" in {Text.OneLine(place)}")}");
                }

                writer.WriteStartObject();
                foreach (var (key, item) in dictionary.Entries)
                {
                    writer.WritePropertyName(key);
                    Write(writer, json, place.Length == 0 ? key : $"{place}.{key}", item);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable<object?> list:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    Write(writer, json, place, item);
                }

                writer.WriteEndArray();
                break;
            case PickleGlobal name:
                writer.WriteStringValue(name.Name);
                break;
            default:
                writer.WriteStringValue("an object");
                break;
        }
    }

    private static void WriteScalar(Utf8JsonWriter writer, PickleTensor tensor, TorchTensor numbers)
    {
        var value = numbers.Read()[0];
        if (tensor.Type.Name == "torch.bool")
        {
            writer.WriteBooleanValue(value != 0);
        }
        else
        {
            WriteNumber(writer, value);
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, double number)
    {
        if (double.IsNaN(number))
        {
            writer.WriteNullValue();
        }
        else if (double.IsInfinity(number))
        {
            // As PythonNumbers has it.
            writer.WriteRawValue(number > 0 ? "9e999999" : "-9e999999");
        }
        else
        {
            writer.WriteNumberValue(number);
        }
    }
}
