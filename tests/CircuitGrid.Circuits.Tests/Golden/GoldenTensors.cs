using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Circuits.Tests.Golden;

/// <summary>A safetensors file of float32 tensors, read in the plainest way: independent of the loader that the product uses.</summary>
internal sealed class GoldenTensors : ITensorSource
{
    private readonly Dictionary<string, (int[] Shape, float[] Values)> tensors = [];

    public GoldenTensors(string path, ModelConfig? config = null)
    {
        Config = config!;
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, length));
        foreach (var entry in header.RootElement.EnumerateObject().Where(e => e.Name != "__metadata__"))
        {
            var offsets = entry.Value.GetProperty("data_offsets").EnumerateArray().Select(x => x.GetInt32()).ToArray();
            var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(x => x.GetInt32()).ToArray();
            Assert.Equal("F32", entry.Value.GetProperty("dtype").GetString());
            tensors[entry.Name] = (shape, MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + length + offsets[0], offsets[1] - offsets[0])).ToArray());
        }
    }

    public ModelConfig Config { get; }

    public float[] this[string name] => tensors[name].Values;

    public IEnumerable<string> Names => tensors.Keys;

    public bool Contains(string name) => tensors.ContainsKey(name);

    public void Read(string name, Span<float> destination) => this[name].CopyTo(destination);

    public void ReadRows(string name, int firstRow, Span<float> destination)
    {
        var (shape, values) = tensors[name];
        var columns = values.Length / shape[0];
        values.AsSpan(firstRow * columns, destination.Length).CopyTo(destination);
    }
}
