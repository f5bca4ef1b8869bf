using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serve.Telemetry;

/// <summary>
/// Counts what happens on every request for a few nanoseconds, on as many cores as there are: each core adds to a number of its own.
/// An instrument reads the sum when somebody asks for it.
/// </summary>
internal sealed class StripedCounter
{
    private static readonly int Mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 64)) - 1;

    private readonly Stripe[] _stripes = new Stripe[Mask + 1];

    public long Value
    {
        get
        {
            long sum = 0;
            foreach (ref var stripe in _stripes.AsSpan())
                sum += Volatile.Read(ref stripe.Value);
            return sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long amount = 1) => Interlocked.Add(ref _stripes[Thread.GetCurrentProcessorId() & Mask].Value, amount);

    /// <summary>A cache line for each, or the cores would wait for one another after all.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Stripe
    {
        [FieldOffset(0)]
        public long Value;
    }
}
