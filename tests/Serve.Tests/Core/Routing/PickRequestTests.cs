using Serve.Routing;

namespace Serve.Tests.Core.Routing;

public sealed class PickRequestTests
{
    [Theory]
    [InlineData("u=0", 0)]
    [InlineData("u=7, i", 7)]
    [InlineData("i, u=2", 2)]
    [InlineData("5", 5)]
    [InlineData("u=8", 3)]
    [InlineData("u=-1", 3)]
    [InlineData("urgent", 3)]
    [InlineData("", 3)]
    public void ReadUrgency_OfAHeader_IsTheDefaultWhereItSaysNothing(string text, int expected) => PickRequest.ReadUrgency(text).ShouldBe(expected);
}
