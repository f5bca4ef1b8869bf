namespace Serve.Tests.Core.Wire.Payloads;

/// <summary>A record of all that a call may carry, nested in itself.</summary>
internal sealed record Node
{
    public string? Text { get; init; }

    public double Real { get; init; }

    public float? MaybeReal { get; init; }

    public DayOfWeek Day { get; init; }

    public DateTimeOffset Time { get; init; }

    public Guid Id { get; init; }

    public byte[]? Bytes { get; init; }

    public float[]?[]? Rows { get; init; }

    public bool[]? Flags { get; init; }

    public Tensor<double>? Tensor { get; init; }

    public Memory<short> Memory { get; init; }

    public ReadOnlyMemory<ulong> ReadOnly { get; init; }

    public (int Number, string? Text, Half[] Halves) Tuple { get; init; } = (0, null, []);

    public List<Node?>? Children { get; init; }

    public Dictionary<string, Node>? ByName { get; init; }

    public Pair? Pair { get; init; }

    public static Node Random(Random random, int depth) => new()
    {
        Text = random.Next(4) == 0 ? null : RandomJson.Text(random),
        Real = RealOf(random),
        MaybeReal = random.Next(3) == 0 ? null : (float)RealOf(random),
        Day = (DayOfWeek)random.Next(7),
        Time = DateTimeOffset.UnixEpoch.AddTicks(random.NextInt64(TimeSpan.TicksPerDay * 10_000)),
        Id = new Guid([.. ArrayOf<byte>(random, 16)]),
        Bytes = random.Next(3) == 0 ? null : ArrayOf<byte>(random, random.Next(20)),
        Rows = random.Next(3) == 0 ? null : [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(3) == 0 ? null : ArrayOf<float>(random, random.Next(5)))],
        Flags = [random.Next(2) == 0],
        Tensor = random.Next(3) == 0 ? null : new Tensor<double>(ArrayOf<double>(random, 6), [.. random.Next(2) == 0 ? [2, 3] : new[] { 6 }]),
        Memory = ArrayOf<short>(random, random.Next(5)),
        ReadOnly = ArrayOf<ulong>(random, random.Next(5)),
        Tuple = (random.Next(), RandomJson.Text(random), ArrayOf<Half>(random, random.Next(3))),
        Children = depth == 0 || random.Next(3) == 0 ? null : [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(4) == 0 ? null : Random(random, depth - 1))],
        ByName = depth == 0 || random.Next(3) == 0 ? null : new Dictionary<string, Node> { [RandomJson.Text(random)] = Random(random, depth - 1) },
        Pair = random.Next(2) == 0 ? null : new Pair(ArrayOf<sbyte>(random, random.Next(3)), RandomJson.Text(random)),
    };

    private static double RealOf(Random random) => random.Next(5) switch { 0 => double.NaN, 1 => double.NegativeInfinity, _ => RandomJson.Real(random) };

    private static T[] ArrayOf<T>(Random random, int length)
        where T : unmanaged
    {
        var array = new T[length];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(array.AsSpan()));
        return array;
    }
}

/// <summary>Constructed from its values.</summary>
internal readonly record struct Pair(sbyte[] Small, string Text);
