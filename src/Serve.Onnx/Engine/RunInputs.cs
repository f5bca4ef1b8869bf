using System.Buffers;
using Microsoft.ML.OnnxRuntime;

namespace Serve.Onnx.Engine;

/// <summary>
/// The inputs of one run, shown to ONNX Runtime where they lie, and the model that runs them. It is held until what the run gave has been read: an output may be an input's own memory.
/// </summary>
internal sealed class RunInputs : IDisposable
{
    private readonly ModelLease _lease;
    private readonly MemoryHandle[] _pins;
    private readonly long[] _lengths;

    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public RunInputs(ReadOnlySpan<OnnxValue> inputs, ModelLease lease)
    {
        lease.Acquire();
        _lease = lease;
        _pins = new MemoryHandle[inputs.Length];
        _lengths = new long[inputs.Length];
        Values = new OrtValue[inputs.Length];
        Names = new string[inputs.Length];
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                Names[i] = inputs[i].Name;
                _lengths[i] = inputs[i].ByteLength;
                Values[i] = inputs[i].Pin(out _pins[i]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string[] Names { get; }

    public OrtValue[] Values { get; }

    /// <summary>
    /// Whether an address lies in the memory of an input. ONNX Runtime makes no copy for an output that has an input's name, or is one after a rewrite of the graph: what it gives
    /// then is the caller's own memory.
    /// </summary>
    public unsafe bool Hold(nint address)
    {
        for (var i = 0; i < _pins.Length; i++)
        {
            if (address - (nint)_pins[i].Pointer is var offset and >= 0 && offset < _lengths[i])
                return true;
        }

        return false;
    }

    public void Dispose()
    {
        foreach (var value in Values)
            value?.Dispose();
        foreach (var pin in _pins)
            pin.Dispose();
        _lease.Release();
    }
}
