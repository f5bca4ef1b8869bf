using System.Buffers;
using Serve.Wire.Payloads;

namespace Serve.Tests.Core.Wire.Payloads;

/// <summary>What is too large is refused where it is sent, with what to do about it.</summary>
public sealed class PayloadBoundTests
{
    [Fact]
    public void Write_JsonOverTheBound_IsRefused() => Refused(Enumerable.Repeat(new string('x', 1 << 20), 65).ToList(), "pass large data as arrays of numbers or bytes");

    [Fact]
    public void Write_SequenceWithoutEnd_IsRefusedBeforeMemoryIsGone() => Refused(Endless(), "over the bound of 67108864");

    [Fact]
    public void Write_TooManyArrays_IsRefused() => Refused(Enumerable.Repeat(new byte[1], RawBuffers.MaxCount + 1).ToList(), "at most 4096 arrays");

    [Fact]
    public async Task Write_AsManyArraysAsAllowed_Works() =>
        (await PayloadBytes.TravelAsync(Enumerable.Repeat(new byte[] { 1 }, RawBuffers.MaxCount).ToList()))!.Count.ShouldBe(RawBuffers.MaxCount);

    [Fact]
    public void Write_ArrayOverTheBound_IsRefused() => Refused(new Claimed(300_000_000).Memory, "An array of 300000000 Int64 takes more than the 2147483591 bytes");

    [Fact]
    public void Write_AllArraysTogetherOverTheBound_IsRefused() => Refused(Enumerable.Repeat(new byte[(1 << 20) + 1], 4096).ToList(), "over the bound of 4294967296");

    private static IEnumerable<string> Endless()
    {
        while (true)
            yield return "and so on and so on and so on and so on and so on and so on and so on and so on";
    }

    private static void Refused<T>(T value, string because)
    {
        var exception = Should.Throw<ServeException>(() => PayloadBytes.Of(value));
        exception.Error.ShouldBe(ServeError.TooLarge);
        exception.Message.ShouldContain(because);
    }

    /// <summary>Memory that says how long it is and has nothing.</summary>
    private sealed class Claimed(int length) : MemoryManager<long>
    {
        public override Memory<long> Memory => CreateMemory(length);

        public override Span<long> GetSpan() => throw new NotSupportedException();

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
