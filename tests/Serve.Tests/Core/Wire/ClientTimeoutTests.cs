using Serve.Wire;

namespace Serve.Tests.Core.Wire;

public sealed class ClientTimeoutTests
{
    [Theory]
    [InlineData(null, null, 7)]
    [InlineData("2", null, 2)]
    [InlineData("20", null, 20)]
    [InlineData("0", null, -1)]
    [InlineData("-1", null, -1)]
    [InlineData("soon", null, 7)]
    [InlineData("NaN", null, 7)]
    [InlineData("1e99", null, 4_294_967)]
    [InlineData(null, "100m", 0.1)]
    [InlineData("5", "100m", 0.1)]
    [InlineData("5", "10S", 5)]
    [InlineData("0", "10S", 10)]
    [InlineData(null, "never", 7)]
    public void Choose_WhatTheRequestSays_GoesBeforeWhatIsUsual(string? header, string? grpc, double expected) =>
        (ClientTimeout.Choose(header, grpc, TimeSpan.FromSeconds(7))?.TotalSeconds ?? -1).ShouldBe(expected);

    [Theory]
    [InlineData("1H", 3600)]
    [InlineData("2M", 120)]
    [InlineData("3S", 3)]
    [InlineData("4m", 0.004)]
    [InlineData("5000u", 0.005)]
    [InlineData("6000000n", 0.006)]
    [InlineData("99999999H", 4_294_967)]
    [InlineData("100000000S", -1)]
    [InlineData("5", -1)]
    [InlineData("-5S", -1)]
    [InlineData("5 S", -1)]
    [InlineData("5s", -1)]
    [InlineData("", -1)]
    public void ReadGrpc_Deadline_IsReadStrictly(string text, double expected) => (ClientTimeout.ReadGrpc(text)?.TotalSeconds ?? -1).ShouldBe(expected);

    [Theory]
    [InlineData(0.25, "250m")]
    [InlineData(0, "0m")]
    [InlineData(4_000_000, "4000000S")]
    public void WriteGrpc_TimeThatIsLeft_CanBeReadAgain(double seconds, string expected) => ClientTimeout.WriteGrpc(TimeSpan.FromSeconds(seconds)).ShouldBe(expected);
}
