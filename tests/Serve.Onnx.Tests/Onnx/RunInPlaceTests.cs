namespace Serve.Onnx.Tests;

public sealed class RunInPlaceTests
{
    [Fact]
    public void RunInPlace_EveryTypeOfNumber_ComesBackByteForByte()
    {
        using var model = TestModels.Load("types");
        var random = new Random(1);
        var buffers = model.Inputs.Select(input => TensorBuffer.Rent(input.DataType, 5)).ToArray();
        foreach (var buffer in buffers)
            random.NextBytes(buffer.Bytes);
        foreach (ref var truth in Array.Find(buffers, buffer => buffer.DataType == TensorDataType.Bool)!.Bytes)
            truth &= 1;

        using var outputs = model.RunInPlace([.. model.Inputs.Select((input, index) => OnnxValue.Create(input.Name, buffers[index]))]);

        outputs.Count.ShouldBe(buffers.Length);
        for (var i = 0; i < buffers.Length; i++)
        {
            var output = outputs[model.Inputs[i].Name.Replace("_in", "_out", StringComparison.Ordinal)];
            output.DataType.ShouldBe(buffers[i].DataType);
            output.Bytes.ToArray().ShouldBe(buffers[i].Bytes.ToArray());
            buffers[i].Dispose();
        }
    }

    [Fact]
    public void RunInPlace_BFloat16_ComesBackByteForByte()
    {
        using var model = TestModels.Load("bfloat16");
        using var buffer = TensorBuffer.Copy<ushort>(TensorDataType.BFloat16, [0x3f80, 0xc000, 0x7fc0], 3);

        using var outputs = model.RunInPlace([OnnxValue.Create("in", buffer)]);

        outputs["out"].ToString().ShouldBe("BF16 [3]");
        outputs["out"].AsSpan<ushort>().ToArray().ShouldBe([0x3f80, 0xc000, 0x7fc0]);
    }

    [Fact]
    public void RunInPlace_Texts_ComeBackWithTheirZeros()
    {
        using var model = TestModels.Load("text-in");
        using var buffer = TensorBuffer.CopyTexts(["", "zwölf", "a\0b", new string('x', 100_000)], 4);

        using var outputs = model.RunInPlace([OnnxValue.Create("text", buffer)]);

        outputs["same"].ReadTexts().ShouldBe(buffer.ReadTexts());
        outputs["same"].Bytes.SequenceEqual(buffer.Bytes).ShouldBeTrue();
    }

    [Fact]
    public void RunInPlace_TextsCutOff_SaysWhatIsMissing()
    {
        using var model = TestModels.Load("text-in");
        using var buffer = TensorBuffer.RentBytes(3, 1);

        Should.Throw<OnnxInputException>(() => model.RunInPlace([OnnxValue.Create("text", buffer)])).Message.ShouldContain("has 0 whole elements in its 3 bytes");
    }

    [Fact]
    public void RunInPlace_SomeOutputs_GivesTheseInTheirOrder()
    {
        using var model = TestModels.Load("text-out");
        using var buffer = TensorBuffer.Copy<float>(TensorDataType.Float32, [1, 2], 2);
        var input = OnnxValue.Create("number", buffer);

        using var one = model.RunInPlace([input], ["negative"]);
        using var both = model.RunInPlace([input], ["negative", "label"]);

        one.Select(pair => pair.Key).ShouldBe(["negative"]);
        both.Select(pair => pair.Key).ShouldBe(["negative", "label"]);
        both["label"].ReadTexts().ShouldBe(["1", "2"]);
        Should.Throw<KeyNotFoundException>(() => one["label"]).Message.ShouldContain("it gave 'negative'");
    }

    [Fact]
    public void RunInPlace_OutputThatIsNone_NamesTheOutputs()
    {
        using var model = TestModels.Load("text-out");
        using var buffer = TensorBuffer.Rent(TensorDataType.Float32, 0);
        var input = OnnxValue.Create("number", buffer);

        Should.Throw<OnnxInputException>(() => model.RunInPlace([input], ["positive"])).Message.ShouldContain("has no output 'positive'; its outputs are 'label' (string [-1]), 'negative' (float [-1])");
        Should.Throw<OnnxInputException>(() => model.RunInPlace([input], ["label", "label"])).Message.ShouldContain("'label' twice");
    }

    [Fact]
    public void RunInPlace_WrongType_NamesBothTypes()
    {
        using var model = TestModels.Load("squares");
        using var buffer = TensorBuffer.Rent(TensorDataType.Int32, 1, 4);

        Should.Throw<OnnxInputException>(() => model.RunInPlace([OnnxValue.Create("a", buffer)])).Message.ShouldContain("takes 'a' as float [-1, 4] (-1 takes any size), but was given int32 [1, 4]");
    }

    [Fact]
    public void RunInPlace_ModelDisposedBeforeItsOutputs_LeavesThemReadable()
    {
        var model = TestModels.Load("squares");
        using var buffer = TensorBuffer.Copy<float>(TensorDataType.Float32, [1, 2, 3, 4], 1, 4);
        using var outputs = model.RunInPlace([OnnxValue.Create("a", buffer)]);

        model.Dispose();

        outputs["squared"].AsSpan<float>().ToArray().ShouldBe([1, 4, 9, 16]);
    }

    [Fact]
    public void RunInPlace_OutputOfOneModelAsInputOfAnother_NeedsNoCopy()
    {
        using var model = TestModels.Load("squares");
        using var buffer = TensorBuffer.Copy<float>(TensorDataType.Float32, [1, 2, 3, 4], 1, 4);

        using var squares = model.RunInPlace([OnnxValue.Create("a", buffer)]);
        using var fourths = model.RunInPlace([OnnxValue.Create("a", squares["squared"])]);

        fourths["squared"].AsSpan<float>().ToArray().ShouldBe([1, 16, 81, 256]);
    }

    [Fact]
    public void RunInPlace_OutputIsAnInput_IsTheAnswersOwnCopy()
    {
        using var model = TestModels.Load("through");
        using var buffer = TensorBuffer.Copy<float>(TensorDataType.Float32, [1, 2], 2, 1);
        using var rows = buffer.Rows(1, 1);

        using var outputs = model.RunInPlace([OnnxValue.Create("x", rows)]);
        // What the next request writes into the memory that this one gives back.
        buffer.AsSpan<float>().Fill(7);

        outputs.Select(pair => (pair.Key, pair.Value.AsSpan<float>()[0])).ShouldBe([("x", 2), ("same", 2), ("more", 3)]);
    }

    [Fact]
    public void Run_OutputIsAnInput_IsACopy()
    {
        using var model = TestModels.Load("through");
        float[] data = [1, 2];

        var outputs = model.Run([OnnxValue.Create("x", new Tensor<float>(data, 2, 1))]);
        data.AsSpan().Fill(7);

        outputs.Select(value => (value.Name, value.As<float>().Data.Span[1])).ShouldBe([("x", 2), ("same", 2), ("more", 3)]);
    }

    [Fact]
    public void Run_Texts_ByTheFriendlyFaceToo()
    {
        using var model = TestModels.Load("text-in");

        var outputs = model.Run([OnnxValue.Create("text", ["eins", "zwei"], 2)]);

        outputs["same"].AsTexts().ShouldBe(["eins", "zwei"]);
        Should.Throw<InvalidCastException>(() => outputs["same"].As<float>());
        Should.Throw<ArgumentException>(() => OnnxValue.Create("text", ["eins"], 2)).Message.ShouldContain("'text' has 1 texts, which are no tensor of shape [2]");
    }
}
