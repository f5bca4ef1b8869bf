using System.Text;
using System.Text.Json;
using Serve.Wire;

namespace Serve.Tests.Core.Wire;

public sealed class CallFailureTests
{
    public static TheoryData<ServeError> Known => [.. Enum.GetValues<ServeError>().Where(error => error != ServeError.UserCode)];

    [Theory]
    [MemberData(nameof(Known))]
    public void Failure_ThatServeKnows_ArrivesWithItsTypeAndMessage(ServeError error)
    {
        var sent = ServeException.Create(error, "no room; raise max_queued_requests — ü");
        var received = Travel(sent);
        received.ShouldBeOfType(sent.GetType());
        (received.Error, received.Message).ShouldBe((sent.Error, sent.Message));
    }

    [Fact]
    public void Failure_OfUserCode_ArrivesWithTypeMessageAndStack()
    {
        var received = Travel(Thrown(new FormatException("bad <value>"))).ShouldBeOfType<RemoteException>();
        received.Deployment.ShouldBe("Model");
        received.Is<FormatException>().ShouldBeTrue();
        received.RemoteMessage.ShouldBe("bad <value>");
        received.RemoteStackTrace!.ShouldContain(nameof(Thrown));
    }

    [Fact]
    public void Failure_OfUserCodeOverTwoHops_KeepsWhereItWasThrown()
    {
        var received = CallFailure.Of(Travel(Thrown(new FormatException("inner"))), "Front").ToException().ShouldBeOfType<RemoteException>();
        (received.Deployment, received.RemoteMessage).ShouldBe(("Model", "inner"));
        received.Is<FormatException>().ShouldBeTrue();
        Travel(new RemoteException("Model", "T", "m", remoteStackTrace: null)).ShouldBeOfType<RemoteException>().RemoteStackTrace.ShouldBeNull();
    }

    [Theory]
    [InlineData('x')]
    [InlineData('\u0001')]
    [InlineData('日')]
    [InlineData('\ud83d')]
    public void Failure_WithEndlessTexts_StaysUnderItsBound(char letter)
    {
        var text = new string(letter, 1_000_000);
        var failure = CallFailure.Of(new RemoteException(new string('d', 200), text, text, text), "Front");
        var json = failure.ToJson();
        json.Length.ShouldBeLessThan(CallFailure.MaxLength);
        CallFailure.FromJson(json).Message.ShouldEndWith("…");
        CallFailure.Of(new FormatException(text), "Model").ToJson().Length.ShouldBeLessThan(CallFailure.MaxLength);
    }

    [Theory]
    [InlineData("null", typeof(InvalidDataException))]
    [InlineData("", typeof(JsonException))]
    [InlineData("{", typeof(JsonException))]
    [InlineData("[]", typeof(JsonException))]
    [InlineData("""{"Error":"Unheard","Message":"m"}""", typeof(JsonException))]
    public void FromJson_Malformed_IsRefused(string json, Type exception) =>
        Should.Throw<Exception>(() => CallFailure.FromJson(Encoding.UTF8.GetBytes(json))).ShouldBeAssignableTo(exception);

    private static ServeException Travel(Exception exception) => CallFailure.FromJson(CallFailure.Of(exception, "Model").ToJson()).ToException();

    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception caught)
        {
            return caught;
        }
    }
}
