using System.Numerics;
using System.Runtime.InteropServices;

namespace Serve.Tensors;

/// <summary>
/// Blocks for tensors, aligned for vector instructions. A large block from the system costs a page fault for each 4 KB when it is first written; a kept one doesn't.
/// The sizes are powers of two in four steps, so that at most a fifth of a block is unused. What is kept has a bound; what is beyond it goes back to the system.
/// </summary>
internal sealed unsafe class NativeMemoryPool(long maxKeptBytes)
{
    private const int Alignment = 64;
    private const int SmallestBits = 8;
    private const int StepBits = 2;
    private const int Classes = (31 - SmallestBits + 1) << StepBits;

    private readonly Lock _lock = new();
    private readonly Stack<nint>?[] _kept = new Stack<nint>?[Classes];
    private long _keptBytes;
    private long _rentedBytes;

    /// <summary>The one of this process. Its bound is that of some requests with large tensors at once.</summary>
    public static NativeMemoryPool Shared { get; } = new(maxKeptBytes: 256L << 20);

    /// <summary>What is in use.</summary>
    public long RentedBytes => Volatile.Read(ref _rentedBytes);

    /// <summary>What is kept for the next users.</summary>
    public long KeptBytes => Volatile.Read(ref _keptBytes);

    public TensorMemory Rent(int length)
    {
        var (index, size) = ClassOf(length);
        Interlocked.Add(ref _rentedBytes, size);
        var pointer = Take(index, size);
        if (pointer == 0)
            pointer = (nint)NativeMemory.AlignedAlloc((nuint)size, Alignment);
        return new TensorMemory(this, pointer, length);
    }

    public void Return(nint pointer, int length)
    {
        var (index, size) = ClassOf(length);
        Interlocked.Add(ref _rentedBytes, -size);
        lock (_lock)
        {
            if (_keptBytes + size <= maxKeptBytes)
            {
                _keptBytes += size;
                (_kept[index] ??= new Stack<nint>()).Push(pointer);
                return;
            }
        }

        NativeMemory.AlignedFree((void*)pointer);
    }

    /// <summary>Gives back all that nobody uses.</summary>
    public void Trim()
    {
        lock (_lock)
        {
            foreach (var stack in _kept)
            {
                while (stack is not null && stack.TryPop(out var pointer))
                    NativeMemory.AlignedFree((void*)pointer);
            }

            _keptBytes = 0;
        }
    }

    /// <summary>The smallest size that holds a length: the next of 4 steps between two powers of two.</summary>
    internal static (int Index, long Size) ClassOf(int length)
    {
        var need = Math.Max(length, 1 << SmallestBits) - 1;
        var bits = 31 - BitOperations.LeadingZeroCount((uint)need);
        if (bits < SmallestBits)
            return (0, 1 << SmallestBits);
        var step = (need >> (bits - StepBits)) & ((1 << StepBits) - 1);
        return (((bits - SmallestBits) << StepBits) + step + 1, (1L << bits) + ((long)(step + 1) << (bits - StepBits)));
    }

    private nint Take(int index, long size)
    {
        lock (_lock)
        {
            if (_kept[index] is not { } stack || !stack.TryPop(out var pointer))
                return 0;
            _keptBytes -= size;
            return pointer;
        }
    }
}
