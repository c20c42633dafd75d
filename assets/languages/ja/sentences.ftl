# ウィンドウより下の階が英語で言うこと。en の sentences.ftl の文と部品に対応します。
# 部品は「。」で終わらず、文は「。」で終わります。{ $gap } には別の部品が入ることがあります。

frame-place = { $place }：{ $what }
frame-sentences = { $first }。{ $second }
frame-list = { $first }；{ $second }
frame-listed = { $what }（{ $inner }）、{ $rest }
frame-brackets = { $what }（{ $inner }）
frame-stop = 。

whole-device-goes-on = { $device } を引き続き使います。
whole-cannot-read = { $path } を読めません：{ $fault }。{ $remedy }
whole-cannot-write = { $path } に書き込めません：{ $fault }。{ $remedy }
whole-comparing = 比較中：{ $concept } を { $name } で
whole-drawing = 描画中
whole-tokenizer = トークナイザー
whole-tuning = モデルを調整しています
whole-choose-saved = PNG、JPEG、WebP、BMP、GIF、TIFF のどれかで保存した画像を選んでください。
whole-put-pictures = PNG、JPEG、WebP、BMP、GIF、TIFF の画像を 3〜5 枚入れてください。
whole-save-frames = コマを PNG、JPEG、WebP、BMP、GIF、TIFF のどれかで保存してください。
whole-save-all-frames = コマを PNG、JPEG、WebP、BMP、GIF、TIFF のどれかで保存してください。
whole-save-them = PNG、JPEG、WebP、BMP、GIF、TIFF のどれかで保存してください。
whole-picture-left-out = 画像を 1 枚除きました：{ $names }。JPEG で保存してください。
whole-film-left-out = 動画を 1 本除きました：{ $names }。コマを JPEG で保存してください。
whole-pictures-left-out = 画像を { $count } 枚除きました：{ $names }。JPEG で保存してください。
whole-films-left-out = 動画を { $count } 本除きました：{ $names }。コマを JPEG で保存してください。
whole-only-one-card = このパソコンには { $choice } がありません。あるのは { $name } だけです
whole-several-cards = このパソコンには { $choice } がありません。あるのは { $first } から { $last } です
whole-asks-for = このソフトではできない { $what } が必要です
whole-published-configuration = モデルと一緒に公開された設定ファイルを使ってください。
whole-not-understood = 内容を理解できません（{ $key }）
whole-another-model = 別のモデルを選んでください。
whole-mix-length = usual か as-mixed、または 0.4 のような長さ（テキストエンコーダーが二つなら 0.4,0.9）を書いてください
whole-line-without-place = { $number } 行目（「{ $line }」）に、単語を入れるところがありません
whole-one-sentence = 単語を入れるところに { $place } を置いた文を、一つは書いてください。
whole-no-method = 「{ $name }」という手法はありません
whole-shares-are-estimates = これらの割合は、それ自身も偏りを持つモデル（CLIP）が、少ない絵から見積もったものです。絵と見比べ、区間とともに読んでください。
whole-began-unsaid = 単語にはじめの言葉が記されていないので、CLIP には手がかりがありません
whole-leave-out-clip-word = --clip-word を外すか、単語を学習した記録を指定してください。
whole-values-changed = 使えない値を変えました：{ $changed }
whole-to-usual = { $key } を標準に
whole-could-not-start = エンジンを開始できませんでした（{ $why }）
whole-files-without-word = { $count } 個のファイルには、使える単語がありません：{ $files }。
whole-unread-captions = 読めないキャプションが { $count } 個あり、除きました：{ $files }。
whole-learning = 学習中
whole-comparing-alone = 比較中

# base/aside.rs
said-it-is-kept-beside-as-correct = { $a }：{ $fault }。{ $name } という名前で同じ場所に残してあります。テキストエディターで直して元の名前に戻すか、削除してください。
said-it-is-kept-as = { $fault }{ $a } として残してあります。
said-it-could-not-be-kept-beside = { $fault }同じ場所に残すことはできませんでした：{ $error }
said-it-stays-as-it-is-use = このファイルはそのまま残されます。新しいバージョンを使うか、ファイルを別の場所へ移して新しく始めてください。

# base/claim.rs
said-another-pseudoword-is-in-this-folder = 別の Pseudoword{ $a } がこのフォルダーで作業しています（{ $doing }）
said-wait-for-it-or-stop-it = 終わるのを待つか、それを止めるか、別のフォルダーを選んでください。

# base/error.rs
said-cannot = { $a } に対して { $action } ができません：{ $fault }。{ $remedy }
said-stopped-as-asked = 指示どおりに停止しました。
said-something-went-wrong-inside-pseudoword-your = Pseudoword の内部で問題が起きました：{ $a }。ファイルは最後に保存したときのままです。この問題をご報告ください。
said-check-that-it-exists-and-that = その場所にあるか、読み取りが許可されているかを確認してください。
said-check-that-the-folder-exists-that = フォルダーがあるか、書き込みが許可されているか、ディスクに空きがあるかを確認してください。
said-it-is-a-folder-not-a = ファイルではなくフォルダーです
said-name-a-file = ファイルを指定してください。
said-is-a-file-not-a-folder = { $it } はフォルダーではなくファイルです
said-choose-a-folder-or-another-name = フォルダーを選ぶか、別の名前にしてください。
said-nothing-can-be-made-there = そこには何も作れません
said-choose-another-place = 別の場所を選んでください。
said-check-the-path-and-that-the = パスが正しいか、ドライブが接続されているかを確認してください。
said-there-is-no-folder = フォルダー { $a } がありません

# base/json.rs
said-it-is-not-readable-as-json = JSON として読めません（{ $error }）

# base/places.rs
said-this-is-neither-a-file-nor = ファイルでもフォルダーでもなく、パイプかデバイスです
said-write-it-to-a-file-first = 先にファイルに書き出してください。
said-this-folder-holds-other-files = このフォルダーには、すでに { $name } など、ほかのファイルがあります

# base/stranger.rs
said-it-begins-with-nothing-but-zeros = 先頭がゼロばかりです。ダウンロードかコピーが最後まで終わっていません
said-it-is-in-which-the-file = これは{ $archive }です。目的のファイルはこの中にあるかもしれません
said-unpack-it-and-choose-the-file = 展開して、中のファイルを選んでください。
said-it-is-which-cannot-be-read = これは{ $what }で、読み込めません
said-it-is = これは{ $a }です
said-download-or-copy-it-again-complete = もう一度、最後までダウンロードかコピーをしてください。
said-choose-the-model-as-a-safetensors = .safetensors か .ckpt のファイル、または diffusers 形式のフォルダーのモデルを選んでください。
said-choose-the-file-of-a-learned = 学習した単語のファイル（.safetensors、.pt、.bin、PNG の画像カード）を選んでください。
said-choose-a-picture-or-save-this = 画像を選ぶか、これを PNG か JPEG で保存してください。
said-check-that-it-is-the-right = 正しいファイルかどうか確認してください。
said-its-ending-says-that-its-download = 拡張子が .{ $ending } なので、ダウンロードがまだ終わっていません
said-its-download-has-not-come-to = ダウンロードがまだ終わっていません。隣に { $a }.{ $ending } があります
said-let-the-download-finish-or-start = ダウンロードが終わるのを待つか、やり直してください。
said-it-is-an-svg-drawing-which = これは SVG の図で、読み込めません
said-it-is-the-text-of-a = これはプログラムのテキストです
said-it-is-a-text-file-json = これはテキストファイル（JSON）です
said-it-is-a-text-file = これはテキストファイルです
said-it-is-only-the-note-that = これは Git が大きなファイルの代わりに置いた目印（Git LFS のポインター）にすぎません
said-fetch-the-file-itself-with-git = 「git lfs pull」で本体を取得するか、配布ページからダウンロードしてください。
said-it-is-only-the-note-that-git = これは git-annex が大きなファイルの代わりに置いた目印にすぎません
said-fetch-the-file-itself-with-git-annex = 「git annex get」で本体を取得するか、配布ページからダウンロードしてください。
said-it-is-a-web-page-that = ファイルの代わりにウェブページが保存されています
said-open-its-page-in-a-browser = ブラウザーで配布ページを開き、求められたらログインして、そこのダウンロードボタンを使ってください。
said-it-is-only-a-link-to = これはファイルのある場所へのリンクにすぎません
said-follow-the-link-and-download-the = リンクを開いて、ファイルの本体をダウンロードしてください。
said-it-is-a-torrent-a-list = これは torrent ファイルで、ファイルのある場所の一覧です
said-open-it-with-a-program-for = torrent 用のソフトで開き、取得したファイルを選んでください。
said-open-its-page-in-a-browser-log = ブラウザーで配布ページを開き、ログインして、利用条件があれば同意し、もう一度ダウンロードしてください。
said-it-is-a-servers-message-that = 「このファイルはだれにでも渡せるものではない」というサーバーの返事が、ファイルの代わりに保存されています
said-it-is-a-servers-message-that-there = 「そのファイルはない」というサーバーの返事が、ファイルの代わりに保存されています
said-check-the-address-and-download-the = アドレスを確認して、もう一度ダウンロードしてください。
said-it-is-a-servers-error-message = サーバーのエラーメッセージが、ファイルの代わりに保存されています
said-download-the-file-again-best-with = もう一度ダウンロードしてください。配布ページのダウンロードボタンを使うのが確実です。
said-an-archive-zip = 圧縮ファイル（zip）
said-an-archive-7z = 圧縮ファイル（7z）
said-an-archive-rar = 圧縮ファイル（rar）
said-a-compressed-file-gzip = 圧縮ファイル（gzip）
said-a-compressed-file-xz = 圧縮ファイル（xz）
said-a-compressed-file-zstd = 圧縮ファイル（zstd）
said-a-compressed-file-bzip2 = 圧縮ファイル（bzip2）
said-an-archive-cab = 圧縮ファイル（cab）
said-an-archive-tar = アーカイブ（tar）
said-a-file-of-numbers-safetensors-a = 数値のファイル（safetensors：モデル、学習した単語、またはモデルへの追加）
said-a-file-of-pytorchs-a-model = PyTorch のファイル（モデル、学習した単語、またはモデルへの追加）
said-a-picture-png = 画像（PNG）
said-a-picture-jpeg = 画像（JPEG）
said-a-picture-gif = 画像（GIF）
said-a-picture-webp = 画像（WebP）
said-a-picture-tiff = 画像（TIFF）
said-a-gguf-file-whose-numbers-are = GGUF ファイル（ほかのソフト用に数値を粗くしたもので、単語の学習には使えません）
said-an-onnx-file-a-network-prepared = ONNX ファイル（ほかのソフト用に変換したもので、学習には使えません）
said-an-hdf5-file-keras-which-is = HDF5 ファイル（Keras 用で、ここでは読み込めません）
said-a-file-of-numpys-npy-which = NumPy のファイル（.npy で、ここでは読み込めません）
said-a-tensorflow-lite-file-a-network = TensorFlow Lite のファイル（スマートフォン用に変換したネットワーク）
said-a-tensorrt-engine-a-network-prepared = TensorRT のエンジン（特定のグラフィックスカード用に変換したネットワーク）
said-a-pdf-document = PDF 文書
said-a-program = プログラム
said-a-database = データベース
said-a-sound = 音声

# base/stranger/pictures.rs
said-an-svg-drawing = SVG の図
said-a-raw-photo = RAW 写真
said-a-jpeg-xl-picture = JPEG XL の画像
said-a-jpeg-2000-picture = JPEG 2000 の画像
said-a-jpeg-xr-picture = JPEG XR の画像
said-a-photoshop-document = Photoshop の文書
said-a-gimp-document = GIMP の文書
said-an-openexr-picture = OpenEXR の画像
said-an-hdr-picture = HDR の画像
said-a-qoi-picture = QOI の画像
said-a-dds-texture = DDS のテクスチャー
said-a-bigtiff-picture = BigTIFF の画像
said-an-avif-picture = AVIF の画像
said-a-heic-picture = HEIC の画像

# base/system.rs
said-check-that-the-drive-is-connected = ドライブが正しく接続され、故障していないかを確認するか、別のドライブのフォルダーを選んでください。
said-there-is-no-room-left-on = ディスクに空きがありません
said-make-room-there-or-choose-a = 空きを作るか、別のディスクのフォルダーを選んでください。
said-your-share-of-the-disk-is = ディスクの割り当てを使い切っています
said-the-system-does-not-permit-it = システムに許可されていません
said-check-who-may-read-and-write = そこを読み書きする権限を確認するか、別の場所を選んでください。
said-the-disk-can-only-be-read = このディスクは読み取り専用です
said-choose-a-folder-on-another-disk = 別のディスクのフォルダーを選ぶか、このディスクの書き込み禁止を解除してください。
said-there-is-no-such-file-or = そのようなファイルやフォルダーはありません
said-a-part-of-its-path-is = パスの途中に、フォルダーではなくファイルがあります
said-something-of-that-name-is-there = 同じ名前のものがすでにあります
said-choose-another-name = 別の名前にしてください。
said-the-folder-is-not-empty = フォルダーが空ではありません
said-choose-another-folder-or-empty-this = 別のフォルダーを選ぶか、このフォルダーを空にしてください。
said-its-name-is-too-long-for = このディスクやシステムには名前が長すぎます
said-choose-a-shorter-name-or-a = 短い名前にするか、もっと浅い階層のフォルダーを選んでください。
said-the-disk-or-the-system-takes = このディスクやシステムでは使えない名前です
said-choose-a-name-of-letters-and = 英数字の名前にするか、別のディスクのフォルダーを選んでください。
said-the-file-would-be-larger-than = ファイルが、ディスクやシステムで許される大きさを超えます
said-choose-a-folder-on-another-disk-one = 別のディスクのフォルダーを選んでください。FAT32 形式のディスクに置けるのは 4 GB までです。
said-another-program-is-using-it = ほかのソフトが使用中です
said-close-it-there-then-try-again = そのソフトで閉じてから、もう一度試してください。
said-too-many-files-are-open-at = 開いているファイルが多すぎます
said-close-other-programs-then-try-again = ほかのソフトを閉じてから、もう一度試してください。
said-the-computer-has-too-little-free = パソコンの空きメモリーが足りません
said-the-drive-itself-fails-to-read = ドライブが読み書きに失敗しています
said-copy-what-you-can-to-another = できるだけ別のドライブにコピーしてください。ドライブかケーブルが壊れかけているかもしれません。
said-the-drive-is-not-there-any = ドライブが見つからなくなりました
said-the-network-or-the-network-drive = ネットワークかネットワークドライブが応答しません
said-its-links-lead-in-a-circle = リンクが循環しています
said-remove-the-link-that-leads-back = 自分自身に戻るリンクを削除してください。
said-the-drive-cannot-do-this = このドライブではできない操作です
said-choose-a-folder-on-another-disk-b = 別のディスクのフォルダーを選んでください。
said-the-virus-scanner-stops-it = ウイルス対策ソフトに止められています
said-look-at-what-the-virus-scanner = ウイルス対策ソフトの表示を確認するか、別のフォルダーを選んでください。
said-the-service-that-keeps-it-in = クラウドのサービスからファイルを受け取れません
said-let-the-service-keep-it-on = このパソコンにも保存するようにサービスを設定するか、このパソコンのフォルダーを選んでください。

# base/text_file.rs
said-save-it-again-as-utf-8 = UTF-8（Unicode）のテキストとして保存し直してください。
said-it-is-not-text-in-utf = UTF-8 や UTF-16 のテキストではありません
said-it-is-longer-than-bytes = { $largest } バイトを超えていて、この種類のファイルとしては大きすぎます

# project/author.rs
said-someone-who-gave-no-name = 名前のない人

# project/checkpoint.rs
said-put-a-whole-copy-in-its = 壊れていないコピーと置き換えるか、別のステップを使ってください。
said-this-checkpoint-is-damaged = このチェックポイントは壊れています（{ $fault }）
said-it-has-no-counters = カウンターがありません
said-its-layout-is-from-another-version = 形式 { $a } は別のバージョンのものです
said-is-missing = { $name } がありません
said-the-vectors-are-not-a-table = ベクトルが表になっていません
said-its-tables-differ-in-size = 表の大きさがそろっていません
said-its-checksum-is-wrong = チェックサムが合いません

# project/comparison.rs
said-there-is-no-point-of-on = { $concept } での { $method } の点がありません：{ $reason }
said-is-left-out = { $concept } を除きました：{ $reason }
said-run-the-comparison-again = もう一度、比較を実行してください。

# project/comparison/plan.rs
said-there-is-nothing-to-compare = 比較するものがありません
said-name-a-concept-and-a-method = コンセプトと手法を指定してください。
said-two-concepts-are-called = { $a } という名前のコンセプトが二つあります
said-give-the-folder-of-one-of = どちらかのフォルダーの名前を変えてください。
said-there-are-no-captions-of-for = { $a } には、{ $baseline } に使うキャプションがありません
said-name-a-file-of-them-with = キャプションのファイルを --{ $baseline } で指定してください。
said-holds-a-comparison-with = { $a } には、設定の違う比較がすでに入っています（{ $what }）
said-give-the-settings-that-it-was = 始めたときの設定に戻すか、別のフォルダーを選んでください。
said-the-model = モデル { $a }
said-other-settings-for-the-scores = 評価の設定が違う
said-other-settings-of-the-method = 手法 { $a } の設定が違う
said-another-concept-or-other-captions-called = { $a } の中身かキャプションが違う

# project/concept.rs
said-write-it-like-cat-toy-letters = <cat-toy> のように書いてください。各国の文字、数字、「-」「_」「.」が使えます。
said-the-new-word-is-empty = 新しい単語が空です
said-the-new-word-has-characters-is = 新しい単語は { $length } 文字ですが、{ $max_characters } 文字までです
said-the-new-word-contains-a-space = 新しい単語「{ $a }」に、プロンプトで単語を分けてしまう空白か見えない文字（U+{ $b }）があります
said-the-new-word-contains-which-means = 新しい単語「{ $word }」に、プロンプトやファイル名で別の意味を持つ「{ $c }」があります
said-the-new-word-has-an-angle = 新しい単語「{ $word }」に、全体を囲む一組ではない山括弧があります
said-the-new-word-has-nothing-between = 新しい単語「{ $word }」の括弧の中が空です
said-the-new-word-has-twice = 新しい単語「{ $word }」に「__」が二つあり、プロンプトでは単語のリストの名前として読まれます
said-the-new-word-is-only-a = 新しい単語「{ $word }」は数字だけで、プロンプトではすでに別の意味で使われます
said-there-is-no-initial-word = はじめの言葉がありません
said-name-with-one-or-two-common = 画像に写っているものを、「cat」や「watercolor」のような普通の言葉（英語）一つか二つで書いてください。

# project/dataset.rs
said-no-picture-is-switched-on-there = 有効な画像がないので、学習するものがありません。
said-pictures-are-many-about-five-different = 画像が { $count } 枚あり、多めです。違う見え方のものが五枚ほどあると、最も使いやすい単語になります。
said-has-only-pixels-where-are-learned = { $name } は { $side } しかなく、{ $resolution } ピクセルで学習するので、ぼやけて見えます。
said-is-the-same-picture-as = { $a } は { $b } と同じ画像です。
said-here-or-in-the-other-places = ここにもほかの場所にも
said-in-this-folder = このフォルダーに
said-there-is-no-picture-only-in = { $here }画像がなく、{ $name } など、中のフォルダーにだけあります
said-choose-that-folder-those-inside-are = 画像のあるフォルダーを選んでください。中のフォルダーまでは調べません。
said-this-is-not-a-picture = 画像ではありません
said-choose-one-that-is-saved = 次の形式で保存した画像を選んでください
said-there-is-no-picture = { $here }画像がありません
said-put-three-to-five-pictures-in = 画像を 3〜5 枚入れてください
said-is-a-film = { $name } は動画です
said-save-frames-of-it = コマを保存してください
said-is-in-a-format-that-cannot = { $name } は読み込めない形式です
said-save-it = 保存し直してください
said-there-is-no-picture-only-films = { $here }画像がなく、動画（{ $name } など）だけがあります
said-save-frames-of-them = コマを保存してください
said-the-pictures-such-as-are-in = { $here }ある画像（{ $name } など）は読み込めない形式です
said-save-them = 保存し直してください
said-as-png-jpeg-webp-bmp-gif = { $start }（PNG、JPEG、WebP、BMP、GIF、TIFF）。

# project/dataset/faults.rs
said-of-pictures-cannot-be-used-and = { $of } 枚中 { $a } 枚の画像が使えないため、除きます：{ $b }。
said-of-pictures-cannot-be-used = { $of } 枚中 { $a } 枚の画像が使えません：{ $b }
said-save-them-again-from-their-originals = 元のファイルから保存し直すか、外してください。

# project/dataset/listing.rs
said-choose-pictures-or-the-folder-that = 画像か、画像の入ったフォルダーを選んでください。
said-there-is-no-such-folder-or = そのようなフォルダーやファイルはありません
said-1-was-left-out-save-it = { $what } を 1 件除きました：{ $names }。{ $how }JPEG で保存してください。
said-s-were-left-out-save-them = { $what } を { $count } 件除きました：{ $names }。{ $how }JPEG で保存してください。

# project/dataset/permission.rs
said-leave-out-what-you-have-no = 使う権利のないものは外すか、学習してよい理由を記録してください。ウィンドウでは画像の隣に、コマンドでは --despite-mark "REASON" で書けます。
said-it-is-marked-against-learning-from = 学習禁止の印があります（{ $marks }）
said-of-pictures-are-marked-against-learning = { $of } 枚中 { $count } 枚の画像に学習禁止の印があります：{ $named }{ $more }

# project/edit.rs
said-write-the-pixels-at-the-left = 0,0,128,0 のように、左、上、右、下のピクセル数を書いてください

# project/edited.rs
said-this-history-was-written-by-a = この履歴は、新しいバージョンの Pseudoword で保存されています
said-open-it-with-that-version = そのバージョンで開いてください。
said-this-history-names-files-outside-of = この履歴は、フォルダーの外のファイルを指しています
said-open-the-picture-anew = 画像を開き直してください。

# project/evaluation/captions.rs
said-does-not-have-one-place-for = 「{ $prompt }」には、単語を入れるところがちょうど一つ必要です
said-put-once-in-each-line-where = 各行の単語を入れるところに、{ $a } を一つずつ置いてください。
said-describe-what-the-pictures-show-in = 画像に写っているものを 1〜{ $most } 語で書いてください。
said-a-caption-is-empty = 空のキャプションがあります
said-the-caption-has-words = キャプション「{ $begin } …」は { $count } 語あります
said-there-is-no-sentence-in-this = このファイルには文がありません
said-write-one-a-line = 1 行に一文ずつ書いてください。

# project/files.rs
said-correct-it-with-a-text-editor = テキストエディターで直してください。
said-cannot-be-written-as-toml = TOML として書けません：{ $a }
said-give-every-file-and-folder-a = すべてのファイルとフォルダーを Unicode の名前にしてください。
said-line = { $line } 行目：{ $message }

# project/generate.rs
said-pixels-enlarged-times-are-more-than = { $longest } ピクセルを { $a } 倍に拡大すると、{ $longest2 } ピクセルを超えます
said-choose-a-smaller-size-or-enlarge = サイズを小さくするか、拡大の倍率を下げてください。
said-seed-is-too-large-for-that = その枚数を描くには、シードが大きすぎます
said-choose-a-smaller-seed = もっと小さいシードを選んでください。
said-number-of-preview-prompts = preview.prompts の数
said-the-preview-prompt-has-no-place = プレビューのプロンプト「{ $prompt }」に、単語を入れるところがありません
said-put-where-the-word-belongs = 単語を入れるところに { $a } を置いてください。

# project/going_on.rs
said-steps-is-not-taken-the-run = --steps { $a } は反映されません。すでに { $taken } を終えているため、学習はそこで終わります。
said-nothing-changes-the-run-ends-after = 何も変わりません。この学習は { $taken } で終わります。続けるには --steps を増やしてください。
said-from-step-on = ステップ { $a } から：{ $b }。
said-the-held-out-loss-is-measured = 「除いた画像」の損失は、ここから測り方が変わります。これより前の値とは比べないでください。
said-is-not-taken = --{ $option } { $wanted } は反映されません：{ $why }
said-this-run-learns-for-another-word = この学習の単語は { $a } です。別の単語は、新しい学習で始めてください。
said-the-word-has-begun-as-already = 単語はすでに「{ $a }」から始まっています。
said-the-run-was-begun-with-kind = この学習は --kind { $a } で始めました。
said-a-word-goes-on-only-with = 単語の学習は、始めたときのモデル { $a } でしか続けられません。
said-its-own-number = 始めたときの数
said-vectors-is-not-taken-the-word = --vectors { $wanted } は反映されません。単語のベクトルの数は変わりません（{ $own }）。
said-another-start-is-not-taken-the = 始まりの変更は反映されません。単語はすでに { $own } から始まっています。
said-clip-is-not-taken-scores-of = --clip は反映されません。異なる CLIP の評価は互いに比べられません。
said-seed-is-not-taken-what-the = --seed { $wanted } は反映されません。乱数は、始めたときのシード { $own } の続きになります。
said-embedded-captions-is-not-taken-the = --embedded-captions は反映されません。画像のキャプションは、学習を始めたときのままです。
said-suggest-masks-is-not-taken-the = --suggest-masks は反映されません。画像のマスクは、学習を始めたときのままです。
said-method-is-not-taken-the-run = --method { $wanted } は反映されません。この学習は --method { $own } で始めました。
said-add-vector-at-and-with-images = --add-vector-at、--with-images、--with-word、--with-init は反映されません。学習を始めたときのままです。
said-negative-vectors-is-not-taken-the = --negative-vectors { $wanted } は反映されません。ネガティブのベクトルは、始めたときのままです（{ $negative }）。
said-first-resolution-and-first-part-are = --first-resolution と --first-part は反映されません。画像は、学習を始めたときの設定どおりに大きくなります。
said-preset-is-not-taken-a-recipe = --preset { $preset } は反映されません。レシピは学習全体に使うものです。変えたい設定を一つずつ指定してください。
said-the-run-keeps-the-pictures-it = この学習は、始めたときの画像 { $pictures } を使い続けます
said-for-other-pictures-begin-a-run = 別の画像を使うには、新しい学習を始めてください。
said-and-more-are = { $first } とほかの { $more } 枚
said-images-is-not-taken-and-not = --images は反映されません：{ $keeps }。指定された画像の中に、始めたときのままのものが見つかりません（{ $first }）。{ $own_run }
said-for-the-others = 残りの画像には
said-images-is-not-taken = --images は{ $part }反映されません：{ $keeps }。{ $own_run }
said-learning-rate = 学習率 { $a }
said-previews-drawn-otherwise = プレビューの描き方を変更
said-by-itself = { $a } は自動
said-is-not-taken-the-run-keeps = { $option } は使われません。権利、作者、ライセンスは学習を始めたときのままです。

# project/grid.rs
said-is-no-seed = 「{ $part }」はシードではありません：{ $fault }
said-write-seeds-with-commas-between-them = シードをコンマで区切って書いてください。
said-the-side-of-the-grid-has = グリッドの条件「{ $a }」に値がありません
said-write-some-such-as = { $a } のように書いてください。
said-the-side-of-the-grid-has-more = グリッドの条件「{ $a }」の値が { $most_cells } 個を超えています
said-write-fewer = 数を減らしてください。
said-a-word-of-the-grid-has = グリッドに、名前のない単語があります
said-name-the-word-such-as-cat = <cat> のように、単語の名前を書いてください。
said-a-side-of-prompt-parts-needs = プロンプトの一部を変えるには、置き換える元の言葉と、置き換えた後の言葉が必要です
said-write-them-in-this-order-such = { $a } のように、この順に書いてください。
said-neither-prompt-has-which-the-grid = グリッドで置き換える「{ $first }」が、プロンプトにもネガティブにもありません
said-begin-the-list-with-words-just = 一覧の最初に、プロンプトにある言葉をそのまま書いてください。
said-is-no = 「{ $value }」は { $name } に使えません
said-write-numbers-such-as = { $example } のように、数で書いてください。
said-1-2-3-or-1-3 = 1, 2, 3 または 1-3
said-0-6-1-1-4-or = 0.6, 1, 1.4 または 0.6-1.4 [5]
said-3-5-7-5-or-3 = 3, 5, 7.5 または 3-9 (+2)
said-both-sides-of-the-grid-are = グリッドの縦と横が、どちらも「{ $a }」です
said-choose-another-kind-for-one-of = どちらかを別の条件にしてください。
said-a-grid-of-words-has-no = 学習ステップは一つの単語のものなので、単語を変えるグリッドでは使えません
said-choose-another-kind-for-one-of-the = 縦か横のどちらかを、別の条件にしてください。
said-the-grid-has-pictures = グリッドの絵が { $a } 枚になります
said-choose-fewer-values-pictures-at-most = 値を減らしてください。絵は { $most_cells } 枚までです。
said-choose-the-file-that-was-saved = グリッドと一緒に保存されたファイルを選ぶか、テキストエディターで直してください。

# project/into_range.rs
said-strength-of-enlarging = 拡大時の変化
said-number-of-pictures = 絵の枚数
said-pictures-drawn-together = 一度に描く枚数
said-weights-of-loras = LoRA の強さ
said-from-to = { $name } を { $old } から { $new } に

# project/invert.rs
said-number-of-prompts-to-draw = 描くプロンプトの数
said-number-of-guidances = ガイダンスの数

# project/lineage.rs
said-was-learned-on-and-this-model = { $word } は { $a } で学習した単語で、このモデルは { $b } の系統です。学習したものに似にくいかもしれません。

# project/lora.rs
said-the-weight-of-a-lora = LoRA の強さ
said-name-the-file-of-a-lora = style.safetensors:0.8 のように、LoRA のファイルを指定してください

# project/losses.rs
said-repair-or-remove-that-line-with = テキストエディターで、その行を直すか削除してください。
said-lines-of-this-curve-cannot-be = この曲線には読めない行があり、それを除いて続けます

# project/lr.rs
said-a-learning-rate-a-number-a = 学習率（数、"0.005:100, 1e-3" のような文字列、または表）
said-a-learning-rate-of-cannot-be = 学習率 { $lr } は使えません
said-choose-a-number-above-0-and = 0 より大きく { $max_lr } 以下の数を選んでください。普通は 0.005 です。
said-from-down-to = { $start } から { $end } へ下がる
said-the-learning-rate-cannot-be-read = 学習率「{ $text }」の「{ $part }」を読めません：{ $why }
said-write-it-like-0-005-100 = 0.005:100, 1e-3:1000, 1e-5 のように書いてください（学習率:終わりのステップ。最後の学習率は終わりまで続きます）。
said-nothing-can-follow-a-rate-that = 終わりまで続く学習率の後には、何も書けません
said-the-rate-is-not-a-number = 学習率が数ではありません
said-the-rate-must-be-above-0 = 学習率は 0 より大きく 10 以下にする必要があります
said-the-step-is-not-a-whole = ステップが整数ではありません
said-the-step-must-be-larger-than = ステップは、一つ前のステップより大きくする必要があります
said-there-is-no-rate = 学習率がありません

# project/mask.rs
said-mask-of-x = { $a } × { $b } のマスク

# project/meaning.rs
said-the-attribute-has-nothing-beside-it = 「{ $a }」と比べるものがありません
said-write-groups-of-at-least-two = 'red,green,blue;hat,no hat' のように、二つ以上を一組にして書いてください。
said-no-attribute-is-named = 調べるものが指定されていません
said-write-groups-of-them-such-as = 'red,green,blue' のように、組にして書いてください。

# project/method_settings.rs
said-write-1-to-whole-numbers-that = 2000, 4000 のように、1〜{ $a } 個の整数を小さい順に書いてください。
said-add-vector-at-cannot-be-read = add_vector_at「{ $text }」を読めません：{ $why }
said-is-no-step = 「{ $part }」はステップではありません
said-it-names-steps = ステップが { $a } 個あります
said-each-step-must-be-above-the = 最初のステップは 0 より大きく、その後は一つ前より大きくする必要があります
said-a-growing-word-begins-with-one = だんだん増やす単語はベクトル一つから始まりますが、それより多く指定されています
said-leave-out-vectors-and-say-with = --vectors を外し、増やすステップを --add-vector-at で指定してください。
said-context-weight-compares-sentences-of-one = context_weight は同じ長さの文を比べるものですが、だんだん増やす単語では文が長くなります
said-set-it-to-0-or-choose = 0 にするか、別の手法を選んでください。
said-two-words-need-the-pictures-the = 「二つの単語」では、もう一方の物の画像、単語、普通の言葉を指定してください。
said-is-missing-b = --{ $missing } がありません

# project/mix.rs
said-there-are-no-words-to-mix = 混ぜる単語がありません
said-name-one-or-more-or-a = 一つ以上の単語か、文を指定してください。
said-at-least = { $least } 以上
said-at-most = { $most } 以下
said-takes-words-and-there-are = 「{ $a }」に使う単語の数は { $wanted } ですが、今は { $count } です
said-add-or-leave-out-some-or = 単語を加えるか外すか、別の混ぜ方にしてください。
said-a-sentence-is-empty = 空の文があります
said-write-one-or-more-words-that = モデルが知っている言葉を、一つ以上書いてください。
said-a-weight-is-beyond = { $heaviest } を超える強さがあります
said-most-weights-are-between-1-and = 強さは、普通は -1 から 1 の間です。
said-is-no-part-of-the-way = { $a } は、二つの単語の間の位置になりません
said-write-a-number-from-0-the = 0（一つ目の単語）から 1（二つ目の単語）までの数を書いてください。
said-a-word-of-no-vectors-says = ベクトルが一つもない単語には意味がありません
said-make-it-1-or-more = 1 以上にしてください。
said-there-is-no-vector-0 = ベクトル 0 はありません
said-they-are-counted-from-1 = 番号は 1 から始まります。

# project/named_enum.rs
said-is-not-a = 「{ $wanted }」は { $a } に使えません
said-choose-one-of = 次の中から選んでください：{ $a }。

# project/options.rs
said-no-setting-is-called = { $key } という設定はありません
said-write-two-whole-numbers-with-between = 二つの整数を { $sign } でつないで書いてください
said-a-seed-is-a-whole-number = シードは 0 から { $max_seed } までの整数です。-1 ならランダムになります
said-such-as-512x768 = { $fault }（例：512x768）
said-or = { $below } か { $above }
said-is = { $field } は { $value } です
said-choose-a-value-from-to = { $min } から { $max } までの値を選んでください。
said-choose-a-value-from-0-to = 0 以上 1 未満の値を選んでください。
said-choose-a-multiple-of-8-from = 8 から 4096 までの 8 の倍数を選んでください（例：{ $near }）。

# project/picture.rs
said-the-mask-or-the-transparency-leaves = マスクか透明な部分のために、学習するところが残っていません
said-make-white-or-opaque-what-should = 学習させたいところを白く（または不透明に）するか、切り抜きを動かしてください。
said-choose-a-square-inside-of-the = 画像の内側の正方形を選んでください。
said-the-chosen-crop-lies-outside-of = 選んだ切り抜きが画像の外にあります
said-this-picture-is-too-large-x = この画像は大きすぎます（{ $width } x { $height } ピクセル）
said-make-it-smaller-2000-pixels-are = 小さくしてください。2000 ピクセルあれば十分です。
said-this-picture-is-cut-off-its = この画像は途中で切れていて、終わりがありません
said-copy-it-again-from-the-original = 元のファイルからコピーし直すか、外してください。
said-this-picture-has-no-pixels = この画像にはピクセルがありません
said-replace-it = 別の画像に替えてください。
said-this-picture-is-too-large-mib = この画像は大きすぎます（{ $a } MiB）
said-this-picture-is-too-large = この画像は大きすぎます
said-this-picture-is-damaged = この画像は壊れています
said-save-it-again-from-the-original = 元のファイルから保存し直すか、外してください。
said-this-file-is-empty = このファイルは空です
said-this-kind-of-cannot-be-read = この種類の { $kind } は読み込めません
said-save-it-as-png-or-jpeg = PNG か JPEG で保存してください。
said-this-is-not-a-picture-in = 読み込める形式の画像ではありません
said-save-it-as-png-jpeg-webp = PNG、JPEG、WebP、BMP、GIF、TIFF のどれかで保存してください。
said-this-mask-is-x-pixels-its = マスクは { $w } x { $h } ピクセル、画像は（正しい向きで）{ $width } x { $height } ピクセルです
said-give-the-mask-the-proportions-of = マスクを画像と同じ縦横比にしてください。

# project/picture/marks.rs
said-iptc-data-mining = IPTC データマイニング：{ $a }
said-iptc-data-mining-prohibited = IPTC データマイニング：禁止
said-text-and-data-mining-reserved-tdmrep = テキストとデータのマイニングの権利を留保（TDMRep）
said-not-allowed = 許可なし
said-under-conditions-only = 条件付きでのみ許可

# project/picture/outline.rs
said-the-picture-is-too-small-or = 画像が小さすぎるか細すぎて、物を探せません。
said-nothing-stands-out-clearly-from-what = 周りからはっきり区別できるものがありません。手で塗ってください。

# project/picture/tiff.rs
said-this-kind-of-tiff = この種類の TIFF
said-samples-of-this-kind = この種類のサンプル

# project/prompt_list.rs
said-write-one-prompt-a-line-or = 1 行に一つずつプロンプトを書くか、次の見出しのある表にしてください：{ $columns }。
said-it-has-no-prompts = プロンプトがありません
said-it-has-prompts-more-than = プロンプトが { $count } 個あり、{ $most } 個を超えています
said-it-is-no-table = 表として読めません（{ $error }）
said-line-has-more-columns-than-the = { $line } 行目の列が見出しより多くなっています。コンマのある文は引用符で囲んでください
said-is-no-number-that-fits = 「{ $value }」は、ここで使える数ではありません
said-line-there-is-no-setting = { $line } 行目：「{ $name }」という設定はありません
said-stands-below-no-heading = 「{ $value }」の列に見出しがありません
said-line-this-heading-has-no-column = { $line } 行目：見出しに「prompt」の列がありません
said-line-there-are-two-columns = { $line } 行目：「{ $name }」の列が二つあります

# project/refinements.rs
said-first-resolution-is-but-the-pictures = first_resolution は { $first } ですが、最後は { $resolution } で学習します
said-choose-a-first-size-of-at = 最初のサイズを { $resolution } 以下にするか、指定を外してください。

# project/rows.rs
said-it-holds-too-few-vectors-where = ベクトルが足りません。{ $all } 個ありますが、run.toml によると { $least } 個以上必要です
said-its-vectors-are-numbers-wide-and = ベクトルは { $width } 次元ですが、run.toml のモデルでは { $expected } 次元です

# project/run.rs
said-is-where-the-run-keeps-its = { $a } には、学習の記録 { $b } のチェックポイントがあります
said-choose-another-folder-the-run-goes = 別のフォルダーを選んでください。学習の続きにはこれらが必要です。
said-this-run-has-no-checkpoint-yet = この学習の記録には、まだチェックポイントがありません
said-let-it-learn-until-its-first = 最初のチェックポイントまで学習させてください。
said-its-only-checkpoint-cannot-be-used = ただ一つのチェックポイントが使えません（{ $fault }）
said-none-of-its-checkpoints-can-be = { $count } 個のチェックポイントがどれも使えません（{ $fault }）
said-put-a-whole-copy-of-one = どれか一つを壊れていないコピーと置き換えるか、別のフォルダーで学習を始めてください。
said-resume-that-run-or-choose-another = その学習を続けるか、別のフォルダーを選んでください。
said-this-folder-already-holds-a-run = このフォルダーにはすでに学習の記録があります
said-choose-the-folder-that-learn-wrote = 学習したときに書き込まれたフォルダーを選んでください。
said-this-is-a-file-not-the = 学習の記録のフォルダーではなく、ファイルです
said-this-folder-is-not-a-run = このフォルダーは学習の記録ではありません（run.toml がありません）
said-this-run-was-made-by-a = この学習の記録は、新しいバージョンの Pseudoword で作られています
said-update-pseudoword-to-open-it = 開くには Pseudoword を更新してください。
said-this-checkpoint-belongs-to-step = このチェックポイントはステップ { $a } のものです
said-give-the-file-its-own-name = ファイルを元の名前に戻してください。
said-put-the-runs-own-checkpoint-or = この学習の記録のチェックポイントか run.toml を元に戻してください。
said-no-step-of-it-was-kept = まだどのステップも保存されていません。
said-take-step-the-only-one-that = 保存されているのはステップ { $one } だけです。それを使ってください。
said-take-one-of-these = 次のどれかを使ってください：{ $a }。
said-take-one-of-the-from-to = { $first } から { $last } までの { $count } 個のどれかを使ってください。近いのは { $a } です。
said-step-was-not-kept-in-this = この学習の記録には、ステップ { $step } が保存されていません
said-it-is-kept-beside-as = { $a }：{ $fault }。{ $name } という名前で同じ場所に残してあります。

# project/settings.rs
said-name-the-file-of-a-learned = 学習した単語のファイルを指定するか、はじめの言葉から始めてください。
said-start-names-no-file-to-begin = start に、始まりにするファイルが指定されていません
said-timesteps-is = timesteps は [{ $first }, { $end }] です
said-choose-two-numbers-from-0-to = 0 から 1000 までの数を二つ、小さい順に指定してください。

# project/sharing.rs
said-a-abstract-aesthetic-amber-and-animal = a abstract aesthetic amber and animal anime apple art artist background ball bear beautiful bed big bird black blue boat body book bottle bowl boy bright building camera car cartoon castle cat chair cinematic city clock clothes cloud color colour comic concept cow cup cute dark day digital dog doll dragon drawing dress eye eyes face fantasy fire flower food forest fox frog fruit garden girl glass gold gray green grey hair hand hands happy hat head horse house illustration image in ink jewelry king knight lamp landscape light line lion little logo lora man mask model moon mountain mouse mug nature night of old on owl painting paper person photo photograph pink pixel plant plate portrait poster pot purple queen rabbit red retro robot room rose sad sculpture sea shape shirt shoe shoes silver sketch sky small snow sphere square star statue stone street style sun sunset teapot texture the toy tree vase watercolor watercolour water white with wizard wolf woman wood word yellow young
said-its-vectors-have-numbers-where-stable = この単語のベクトルは { $a } 次元です。Stable Diffusion 1 は 768、2 は 1024、XL は 768 と 1280 なので、学習したモデルでしか使えません。
said-comfyui-takes-a-name-of-digits = ComfyUI では、数字だけの名前は強さとして扱われます。ファイル名に文字を入れてください。
said-its-name-is-an-ordinary-word = 普通の言葉と同じ名前なので、AUTOMATIC1111 ではどのプロンプトでもこの単語に置き換わります。ファイル名を変えてください。
said-invokeai-knows-only-names-of-plain = InvokeAI で使える名前は、英数字と「.」「_」「-」だけです。InvokeAI で使うには、ファイル名を変えてください。

# project/study.rs
said-take-the-folder-of-the-set = 質問を作った人から、フォルダーをもう一度受け取ってください。
said-there-is-no-question-in-it = 質問が一つもありません
said-a-question-in-it-has-too = 絵が少なすぎるか多すぎる質問があります
said-it-names-pictures-outside-of-its = フォルダーの外の絵を指しています
said-this-key-belongs-to-another-set = このファイルにある手法の情報は、別の質問のものです
said-there-is-something-in-already = { $a } には、すでに何か入っています
said-choose-a-new-folder = 新しいフォルダーを選んでください。

# project/study/answers.rs
said-somebody = 名前のない人
said-somebody-b = 名前のない人 { $n }
said-ask-its-sender-for-it-again = 送ってくれた人に、もう一度頼んでください。
said-these-are-answers-to-other-questions = 別の質問への回答です
said-choose-the-set-that-they-belong = この回答に合う質問を選んでください。

# project/study/make.rs
said-has-no-pictures-of-two-methods = { $a } には、比べられる二つの手法の絵がありません
said-let-the-comparison-go-on-or = 比較の続きを行うか、別の手法を選んでください。
said-pictures-that-cannot-be-read-are = 読めない絵は質問に使いません：{ $names }。
said-there-are-pictures-for-only-questions = 絵が足りず、{ $a } 問だけになります。
said-no-picture-says-its-prompt-so = プロンプトの分かる絵がないため、質問はどれも似ている度合いについてのものになります。
said-some-questions-compare-methods-the-others = { $least } 個の手法だけを比べる質問があります。ほかの手法には、その絵がありません。
said-the-comparison-has-no-pictures-of = 比較の中に、手法 { $unknown } の絵がありません
said-it-has = あるのは { $a } です。
said-choose-at-most-more-are-hard = { $candidates } 個までにしてください。それより多いと順位を付けにくくなります。
said-methods-were-named = 手法が { $a } 個指定されています

# project/tune.rs
said-choose-a-value-above-0-most = 0 より大きく { $most } までの値にしてください。
said-every-number-is-learned-and-with = モデルの数をすべて学習しますが、--weights 8bit ではおおよその値しか残りません
said-leave-out-weights-or-use-kind = --weights を外すか、--kind lora にしてください。
said-the-sentence-has-no-place-for = 文「{ $a }」に、単語を入れるところがありません

# project/verdict.rs
said-its-pictures-are-the-most-like = プロンプトに従いながら、最も画像に似ています（似ている度合い { $a }、従う度合い { $b }）
said-it-explains-what-was-kept-out = 学習に使わなかった画像を最もよく説明します（損失 { $loss }）
said-the-pictures-have-not-come-closer = ステップ { $a } から、絵が画像に近づいていません。単語は身についています。
said-the-word-has-hardly-changed-anything = 単語が { $window } ステップの間ほとんど何も変えていません。単語は身についています。
said-the-word-has-grown-times-as = 単語が、最も長い普通の言葉の { $times } 倍の長さになり、文のほかの部分をかき消しています。動かし方を「回転」にするか（--optimizer directional）、学習率を下げてください。
said-its-pictures-come-closer-to-what = 絵が、物そのものより周りのものに近づいています。背景の違う画像か、マスクを使ってください。
said-it-draws-your-pictures-again-whatever = 何を頼んでも元の画像を描くようになっています。似ている度合いは上がり、従う度合いは下がっています。もっと前のステップにするか、ベクトルかステップを減らしてください。

# format/checkpoint/convert.rs
said-it-can-be-used-as-it = このまま使えます。
said-this-is-a-safetensors-file-already = すでに safetensors ファイルです
said-the-model-takes-but-only-are = モデルには { $needed } 必要ですが、{ $folder } の空きは { $free } だけです
said-choose-a-folder-on-another-disk-or = 別のディスクのフォルダーを選ぶか、空きを作ってください。

# format/checkpoint/detect.rs
said-this-is-which-cannot-learn-a = これは{ $kind }で、ここでは単語を学習できません
said-an-inpainting-model-its-u-net = インペイント用のモデル（U-Net の入力が 9 チャンネル）
said-a-model-that-edits-pictures-by = 指示で画像を編集するモデル（U-Net の入力が 8 チャンネル）
said-a-depth-to-image-model-its = 奥行きから描くモデル（U-Net の入力が 5 チャンネル）
said-another-kind-of-model-its-u = 別の種類のモデル（U-Net の入力が { $other } チャンネル）
said-a-stable-diffusion-xl-refiner-it = Stable Diffusion XL のリファイナー（一つ目のテキストエンコーダーがないもの）
said-a-cut-down-stable-diffusion-xl = SSD-1B や Segmind Vega のように小さくした Stable Diffusion XL
said-no-model-of-a-known-kind = 未知の種類のモデル
said-this-is = これは{ $kind }です：{ $fault }
said-it-holds-a-u-net-but = U-Net はありますがテキストエンコーダーがなく、モデルの一部にすぎません
said-a-model-with-another-text-encoder = U-Net に合わないテキストエンコーダーを持つモデル
said-this-is-a-learned-word-an = これは学習した単語（embedding）で、モデルではありません
said-it-holds-only-averaged-copies-of = 重みの平均（EMA）しか入っておらず、ここでは読み込めません
said-it-holds-no-u-net-of = Stable Diffusion の U-Net がないため、ここで使えるモデルではありません
said-its-weights-are-in-8-bits = 重みが独自の倍率を持つ 8 ビットで、ここでは読み込めません
said-its-weights-are-quantised-too-coarse = 重みが量子化（{ $odd }）されていて、単語の学習には粗すぎます

# format/checkpoint/folder.rs
said-choose-a-text-to-image-model = Stable Diffusion 1、2、XL か Latent Diffusion の、文から絵を描くモデルを選んでください。model_index.json のあるフォルダーか、一つのファイルです。
said-there-is-one-nearby-choose-instead = 近くにモデルがあります。代わりに { $a } を選んでください。
said-its-ending-says-that-its-download-has = 拡張子を見ると、ダウンロードがまだ終わっていません
said-this-folder-has-no-model-index = このフォルダーには model_index.json がないので、モデルではありません
said-the-model-lacks-its-part-unet = モデルに必要な「unet」か、その config.json がありません
said-a-cut-down-model-such-as = SSD-1B、Segmind Vega、小型の Stable Diffusion などの縮小モデル
said-a-latent-consistency-model-with-a = ガイダンスの入力を持つ潜在一貫性モデル（LCM）
said-a-model-with-the-unknown-conditioning = 未知の条件付け { $other } を使うモデル
said-a-stable-diffusion-xl-folder-with = 別の U-Net が入った Stable Diffusion XL のフォルダー
said-its-model-index-json-does-not = model_index.json に、モデルの種類が書かれていません
said-an-inpainting-model = インペイント用のモデル
said-a-model-that-edits-pictures-by-instructions = 指示文で画像を編集するモデル
said-a-depth-to-image-model = 奥行きから絵を描くモデル
said-a-model-steered-by-a-second = もう一枚の画像で操るモデル
said-a-model-led-by-pictures-not = 言葉ではなく画像で導くモデル
said-a-model-that-enlarges-pictures = 画像を拡大するモデル
said-a-stable-diffusion-3-model = Stable Diffusion 3 のモデル
said-a-variant-of-stable-diffusion-xl = Stable Diffusion XL の変種
said-a-flux-model = Flux のモデル
said-another-latent-diffusion-model = 別の潜在拡散モデル
said-a-video-model = 動画のモデル
said-another-kind-of-model = 別の種類のモデル

# format/checkpoint/model_files.rs
said-the-model-lacks-its-part = モデルに必要な { $part } がありません
said-the-part-lacks-its = { $part } に必要な { $name } がありません
said-choose-the-model-it-was-learned = 学習に使ったモデルを選び、このファイルは単語として指定してください。

# format/checkpoint/original.rs
said-has-the-shape-where-a-convolution = の形は { $shape } ですが、ここには 1 ピクセルの畳み込みが入るはずです
said-has-the-shape-where-a-matrix = の形は { $a } ですが、ここには行列が入るはずです
said-of-the-shape-does-not-come = の形は { $a } なので、三つに分けられません

# format/checkpoint/prediction.rs
said-mend-these-settings-or-remove-them = この設定を直すか、モデルと同じ場所から取り除いてください。
said-it-is-not-readable-as-yaml = YAML として読めません
said-it-holds-no-table-of-settings = 設定の表が入っていません
said-it-asks-for-a-parameterization-other = eps と v のどちらでもない parameterization が指定されています
said-it-asks-for-a-scaling-other = EpsScaling と VScaling のどちらでもない scaling が指定されています

# format/checkpoint/published.rs
said-a-vocabulary-of = 語彙の数
said-a-width-of = 幅
said-its-has-where-its-configuration-says = { $part } の{ $what }は { $a } ですが、設定ファイルでは { $b } です
said-its-vae-has-widths-where-its = vae の幅は { $widths } ですが、設定ファイルでは { $given } です

# format/checkpoint/single.rs
said-this-is-b = これは{ $a }です
said-choose-its-version-in-16-bits = このモデルの 16 ビット版（fp16 か bf16）を選んでください。
said-put-its-autoencoder-beside-it-as = このモデルのオートエンコーダーを、{ $a } という名前で同じ場所に置いてください。
said-it-holds-no-autoencoder-vae = オートエンコーダー（VAE）が入っていません
said-put-the-configuration-in-diffusers-layout = このモデルに合う diffusers 形式の設定ファイルを { $a } に置いてください。
said-that-of-the-published = { $fault }（設定ファイルは公開されている { $a } のもの）
said-its-tensor = テンソル { $name } { $what }
said-it-holds-the-tensor-twice = テンソル { $new } が二つ入っています
said-its-has-layers-where-its-configuration = { $part } は { $there } 層ですが、設定ファイルでは { $asked } 層必要です
said-it-belongs-to-a-model-choose = このファイルはモデルの一部です。代わりにフォルダー { $a } を選んでください。

# format/checkpoint/tensor_groups.rs
said-it-holds-the-tensor-twice-under = テンソル { $name } が、別々の接頭辞で二つ入っています

# format/checkpoint/unet_layout.rs
said-its-u-net-lacks-its-first = U-Net の最初の層がありません
said-its-u-net-is-not-built = U-Net の構造がそろっていません（縮小モデルかもしれません）
said-its-u-net-has-no-middle = U-Net に普通の中間ブロックがありません（縮小モデルかもしれません）
said-its-u-net-does-not-read = U-Net が文を読まない作りです
said-its-u-net-has-where-its = U-Net の{ $what }は { $here } ですが、設定ファイルでは { $there } です
said-layers-per-block = ブロックごとの層の数
said-transformer-depths = Transformer の深さ
said-a-context-width-of = 文脈の幅
said-its-u-net-has-gaps-in = U-Net の { $a } に抜けがあります

# format/checkpoint/vae_file.rs
said-choose-the-autoencoder-vae-of-a = Stable Diffusion のモデルのオートエンコーダー（VAE）を選ぶか、このファイルを取り除いてください。
said-its-latents-have-channels-instead-of = 潜在変数のチャンネルが 4 ではなく { $other } です
said-it-is-no-autoencoder-vae = オートエンコーダー（VAE）ではありません
said-its-weights-are-quantised = 重みが量子化されています（{ $a }）

# format/container.rs
said-its-table-of-contents-gives-a = 目次に同じ名前が二つあるので、壊れています
said-a-table-of-contents = 目次
said-the-file-is-empty = ファイルが空です
said-the-file-is-only-bytes-long = ファイルが { $length } バイトしかありません
said-it-is-not-a-safetensors-file = safetensors ファイルではないか、{ $length } バイトで途切れています
said-its-table-of-contents-is-not = 目次が読めません。壊れているか、safetensors ファイルではありません
said-its-bytes-are-not-what-its = { $length } バイトの中身が目次と合わないので、途切れているか壊れています
said-its-table-of-contents-contradicts-itself = 目次の内容が食い違っているので、壊れています

# format/credentials/certificate.rs
said-a-certificate-and-its-key-sign = 署名には証明書とその鍵の両方が必要ですが、片方しか指定されていません
said-name-both = 両方を指定してください。
said-it-holds-no-whole-certificate = 完全な証明書が入っていません
said-name-one-in-the-form-pem = PEM 形式のものを指定してください。
said-name-one-of-the-kinds-ed25519 = Ed25519、ES256、ES384、PS256 のどれかで、パスワードのない PEM 形式（PKCS #8）の鍵を指定してください。ほかの形式からは `openssl pkcs8 -topk8 -nocrypt` で変換できます。
said-it-is-no-key-that-can = 絵に署名できる鍵ではありません
said-it-is-no-text-in-the = PEM 形式のテキストではありません
said-name-another-file = 別のファイルを指定してください。

# format/credentials/mod.rs
said-what-it-signs-does-not-verify = 試しに署名しましたが、正しいと確認できません
said-choose-a-valid-one-for-signing = 署名に使える有効な証明書とその鍵を選ぶか、どちらも外してください。外すと、このデバイスの証明書で署名します。
said-move-it-away-another-is-made = 別の場所に移してください。新しいものが作られます。
said-no-picture-can-be-signed-with = この証明書では絵に署名できません（{ $fault }）

# format/damage.rs
said-download-the-model-again-complete = モデルをもう一度、最後までダウンロードしてください。
said-it-is-not-a-table-of = 設定の表ではありません

# format/embedding/card.rs
said-it-is-a-picture-that-carries = この画像には、学習した単語が入っていません
said-it-is-not-a-whole-png = PNG 画像として欠けたところがあります。{ $what }
said-the-word-it-carries-is-longer = 入っている単語が、どの単語よりも長すぎます
said-the-word-it-carries-is-damaged = 入っている単語が壊れています
said-a-png-card-text-chunk = PNG の画像カード（テキスト領域）
said-a-png-card-pixels = PNG の画像カード（ピクセル）
said-it-is-a-picture-that-was = 画質を落として圧縮された画像なので、ピクセルに単語は残っていません
said-a-webp-card-pixels = WebP の画像カード（ピクセル）
said-it-is-a-picture-that-is = 画像が壊れているか、画像カードにしては大きすぎます
said-rows-of-numbers = 数値の行
said-rows-of-different-lengths = 行の長さがそろっていません
said-more-numbers-than-any-word-has = 数値の数が、どの単語よりも多すぎます
said-a-number-or-a-row-of = 一つの数値、または数値の行

# format/embedding/entries.rs
said-vectors-for-the-output-of-the = テキストエンコーダーの出力用のベクトルも入っていますが、これは読み込みません
said-in = { $file }の { $parts }
said-clip-l-and-clip-g = clip_l と clip_g
said-it-is-the-second-half-text = Stable Diffusion XL 用の単語の後半（text_encoders_1）だけで、前半（text_encoders_0）がありません
said-choose-the-file-of-pivotal-tuning = text_encoders_0 と text_encoders_1 の両方が入った、ピボタルチューニングのファイルを選んでください。
said-diffusers-layout-in = { $file }の diffusers 形式
said-it-holds-no-vectors = ベクトルが入っていません
said-it-holds-tensors-and-a-learned = テンソルが { $a } 個入っていますが、学習した単語なら 1 個です
said-it-is-larger-than-learned-words = 学習した単語にしては大きすぎます
said-the-name-of-a-word-in = 中の単語の名前が読めません
said-the-words-in-it-are-larger = 中の単語が、単語にしては大きすぎます
said-it-holds-words-more-than-any = 単語が { $a } 語入っていますが、これほど多くの単語が入る LoRA はありません
said-a-lora-that-carries-it = 単語の入った LoRA
said-a-word-in-it-is-laid = 中の単語が、知らない形式で書かれています
said-it-holds-one-vector-for-every = U-Net の層ごとに一つずつのベクトル（拡張 Textual Inversion）で、ここで使えるモデルはありません
said-it-is-a-lora-file-or = LoRA ファイルかその仲間で、学習した単語ではありません
said-it-holds-vectors-for-the-output = テキストエンコーダーの出力用のベクトルで、プロンプトに書く単語ではありません
said-it-is-a-word-for = これは{ $model }用の単語です
said-choose-a-word-that-was-learned = Stable Diffusion 1、2、XL か Latent Diffusion で学習した単語を選んでください。
said-a-model-with-the-text-encoder = Flux や Stable Diffusion 3 など、テキストエンコーダーが T5 のモデル（1 ベクトルが 4096 個の数値）
said-a-model-with-another-kind-of = 別の種類のテキストエンコーダーを持つモデル
said-stable-diffusion-v3 = stable-diffusion-v3
said-stable-diffusion-3 = stable-diffusion-3
said-sd3 = sd3
said-stable-diffusion-3-b = Stable Diffusion 3
said-stable-diffusion-3-with-a-part = Stable Diffusion 3（テキストエンコーダー T5 の分を含む）
said-flux-with-a-part-for-its = Flux（テキストエンコーダー T5 の分を含む）
said-a-model-with-the-text-encoder-t5 = Flux や Stable Diffusion 3 など、テキストエンコーダーが T5 のモデル
said-its-tensor-has-axes-instead-of = テンソルの軸が 1 本か 2 本ではなく { $a } 本あります
said-its-vectors-lie-across-by-so = ベクトルの縦横が逆（{ $a } x { $b }）なので、どのソフト用のファイルでもありません
said-its-numbers-are-of-type-not = 数値が浮動小数点ではなく { $a } 型です

# format/embedding/layout.rs
said-put-the-file-into-the-folder = ファイルを「embeddings」フォルダーに入れてください。
said-put-the-file-into-models-embeddings = ファイルを「models/embeddings」に入れてください。
said-add-the-file-in-the-model = モデルマネージャーでファイルを追加してください。
said-load-it-with-load-textual-inversion = 「load_textual_inversion」で読み込んでください。
said-give-the-file-to-weights-to = 学習を続けるには、「--weights」にこのファイルを指定してください。
said-choose-the-file-as-the-embedding = 学習の出発点にする embedding として、このファイルを選んでください。
said-put-the-file-into-the-folder-given = 「--embd-dir」で指定したフォルダーにファイルを入れてください。
said-put-the-file-into-its-folder = ファイルを embeddings のフォルダーに入れてください。
said-one-call-for-each-text-encoder = エンコーダーごとに一回ずつ
said-a-safetensors-file-that-most-programs = ほとんどのソフトが読める safetensors ファイルです。普通はこれを選びます。
said-a-safetensors-file-with-the-vectors = 単語の名前でベクトルを収めた safetensors ファイルです。diffusers がそのまま読みます。Stable Diffusion XL では 2 つのファイルになります。
said-the-pt-file-of-automatic1111-for = AUTOMATIC1111 の .pt ファイルです。safetensors に対応していない古いソフト用です。
said-the-pt-file-of-the-papers = 論文の著者のプログラムが使う .pt ファイルです。
said-a-safetensors-file-with-the-name = OneTrainer が探す名前で収めた safetensors ファイルです。OneTrainer で学習を続けられます。
said-a-picture-that-is-also-the = 画像でもあり、単語でもあるファイルです。AUTOMATIC1111 が読みます。画像に手を加えないサイトなら、載せても単語が失われません。
said-this-layout-has-no-place-for = この形式では、単語の名前と学習に使ったモデルを書き込めません。残すには emb-params を選んでください。
said-is-no-layout-there-are = { $name } という形式はありません。使えるのは { $a } です

# format/embedding/pickled.rs
said-a-pytorch-file = PyTorch ファイル
said-it-holds-neither-a-word-nor = 単語もテンソルも入っていません
said-its-list-of-words-is-not = 単語の一覧が読めません
said-it-is-what-a-training-program = 学習ソフトが続きを学習するために単語と一緒に残したファイルで、単語そのものではありません
said-it-is-a-model-not-a = モデルであって、学習した単語ではありません
said-automatic1111s-layout = AUTOMATIC1111 の形式
said-the-original-layout = 論文の著者の形式
said-string-to-param-in-a-pytorch = PyTorch ファイルの { $theirs }（string_to_param）
said-it-holds-the-word-in-two = 単語が二つの形式で入っているので、片方だけを読みます

# format/embedding/reading.rs
said-it-is-not-a-learned-word = 学習した単語ではないか、壊れています
said-it-holds-words = 単語が { $a } 語入っています（{ $list }）
said-choose-one-with-word-name-or = --word NAME で一つ選ぶか、ファイルをライブラリに取り込んでください。取り込むと全部の単語が入ります。
said-it-holds-no-word = 「{ $a }」という単語は入っていません
said-it-holds-choose-one-of-these = 入っているのは { $list } です。この中から一つ選んでください。
said-a-picture-pixels = 画像（ピクセル）
said-it-is-a-models-folder-not = モデルのフォルダーであって、学習した単語ではありません
said-with-mib-it-is-too-large = { $a } MiB もあり、学習した単語にしては大きすぎます

# format/embedding/refusal.rs
said-do-not-open-it-anywhere-get = どのソフトでも開かないでください。単語は信頼できるところから、できれば .safetensors で入手してください。
said-download-or-copy-it-again = もう一度、ダウンロードかコピーをしてください。

# format/embedding/safetensors.rs
said-a-safetensors-file = safetensors ファイル

# format/embedding/sdxl_pair.rs
said-put-both-files-that-the-script = スクリプトが書き出した二つのファイル（learned_embeds と learned_embeds_2）を同じフォルダーに置くか、clip_l と clip_g の両方が入ったファイルを選んでください。
said-it-is-the-first-half-clip = Stable Diffusion XL 用の単語の前半（clip_l）だけで、後半（clip_g）がありません
said-it-is-the-second-half-clip = Stable Diffusion XL 用の単語の後半（clip_g）だけで、前半（clip_l）がありません
said-diffusers-layout-in-two-files = 二つのファイルに分かれた diffusers 形式

# format/embedding/signature.rs
said-signed-by-intact = { $key } の署名あり、変更なし
said-changed-since-it-was-signed = 署名後に変更されています
said-put-a-copy-of-it-back = 控えがあれば元に戻してください。なければ別の場所に移してください。新しいものが作られます。
said-it-is-no-key-to-sign = 単語の署名に使う鍵ではありません

# format/embedding/word.rs
said-its-vectors-have-numbers-but-this = ベクトルの数値は { $a } 個ですが、このモデルでは { $b } 個必要です
said-open-the-model-the-word-was = 単語の学習に使ったモデルを開いてください。
said-it-holds-vectors-for-the-first = 一つ目のテキストエンコーダー用のベクトルは { $one } 個、二つ目用は { $two } 個で、数が違います
said-it-holds-vectors-more-than-the = ベクトルが { $count } 個あり、プロンプトに入る { $max_vectors } 個を超えています
said-it-holds-numbers-instead-of-times = 数値の数が { $count } x { $width } ではなく { $a } です
said-of-its-numbers-are-infinite-or = { $wild } 個の数値が無限大か、数ではない値です。学習に失敗しています

# format/embedding/writing.rs
said-the-word-cannot-be-saved = 単語を保存できません：{ $fault }
said-choose-an-earlier-checkpoint-of-the = 学習の記録から、もっと前のチェックポイントを選んでください。
said-the-layout-has-no-place-for = { $a } の形式には、Stable Diffusion XL の単語を収められません
said-choose-emb-params-diffusers-or-onetrainer = emb-params、diffusers、onetrainer のどれかを選んでください。
said-give-it-one-for-example-cat = <cat-toy> のような名前を付けるか、標準の形式で保存してください。
said-the-diffusers-format-needs-a-name = diffusers 形式で保存するには、単語に名前が必要です

# format/grid_file.rs
said-choose-one-that-was-written-as = グリッドとして書き出した画像か、その隣にある .toml ファイルを選んでください。
said-this-picture-carries-no-settings-of = この画像にはグリッドの設定が入っていません

# format/infotext/restore.rs
said-the-sampler-is-not-known-here = サンプラー { $name } は使えないため、今のサンプラーのままにします。
said-the-emphasis-is-not-known = 強調の方法「{ $name }」は使えないため、重みの効き方はモデルに合わせます。
said-the-schedule-type-is-not-known = スケジュール「{ $name }」は使えないため、モデル自身のノイズの段階を使います。

# format/kinds.rs
said-a-lora-file-an-addition-to = LoRA ファイル（モデルに追加するもので、モデルではありません）
said-choose-the-model-it-was-made = 対応するモデルを選び、このファイルは --lora FILE で一緒に指定するか、ウィンドウにドロップしてください。
said-a-controlnet-or-an-addition-of = ControlNet かその仲間（モデルに追加するもので、モデルではありません）
said-choose-the-model-that-it-steers = このファイルが操る対象のモデルを選んでください。
said-an-upscaler-which-makes-pictures-larger = アップスケーラー（画像を拡大するもので、絵は描けません）
said-choose-a-text-to-image-model-or = 文から絵を描くモデルか、学習した単語のファイルを選んでください。
said-a-learned-word-an-embedding-not = 学習した単語（embedding で、モデルではありません）
said-a-video-model-or-a-part = 動画のモデルか、その一部
said-a-pixart-model = PixArt のモデル
said-a-flux-model-or-one-built = Flux か、同じ作りのモデル
said-a-hypernetwork-an-addition-to-a = ハイパーネットワーク（モデルに追加するもので、モデルではありません）
said-choose-a-model-of-stable-diffusion = Stable Diffusion 1、2、XL か Latent Diffusion のモデル、またはそれらの単語を選んでください。
said-an-ip-adapter-an-addition-that = IP-Adapter（画像でモデルを導くための追加ファイル）
said-a-model-led-by-pictures-zero = 言葉ではなく画像で導くモデル（Zero-1-to-3）
said-a-hidream-model = HiDream のモデル
said-an-auraflow-model = AuraFlow のモデル
said-a-qwen-image-model = Qwen-Image のモデル
said-a-lumina-or-z-image-model = Lumina か Z-Image のモデル
said-a-stable-cascade-model = Stable Cascade のモデル
said-a-stable-diffusion-xl-model-with = 別の方式のノイズ（EDM）を使う Stable Diffusion XL のモデル
said-a-playground-2-5-model-which = 別の方式のノイズ（EDM）を使う Playground 2.5 のモデル
said-a-model-led-by-pictures-unclip = 言葉ではなく画像で導くモデル（unCLIP）
said-a-part-that-looks-at-pictures = 画像を見る部品（CLIP vision で、絵を描くモデルではありません）
said-a-text-encoder-t5-and-nothing = テキストエンコーダー（T5）だけのファイル（ほかのモデルの一部です）
said-an-autoencoder-vae-and-nothing-else = オートエンコーダー（VAE）だけのファイル（モデルの一部です）
said-choose-the-whole-model-to-use = モデル全体を選んでください。このオートエンコーダーをそのモデルと使うには、NAME.vae.safetensors という名前でモデルの隣に置いてください。
said-a-u-net-and-nothing-else = U-Net だけのファイル（モデルの一部です）
said-choose-the-whole-model-with-its = テキストエンコーダーとオートエンコーダーも入った、モデル全体を選んでください。
said-a-text-encoder-and-nothing-else = テキストエンコーダーだけのファイル（モデルの一部です）
said-choose-the-whole-model-with-its-u = U-Net とオートエンコーダーも入った、モデル全体を選んでください。
said-what-a-training-program-keeps-to = 学習ソフトが続きを学習するために残すファイル（モデルではありません）

# format/lora/fit.rs
said-its-layer-does-not-fit-together = 層 { $a } の各部分の大きさが合いません
said-it-was-made-for-another-kind = 別の種類のモデル用です。層 { $a } の形は { $added } ですが、このモデルでは { $model } です
said-choose-a-lora-for-this-model = このモデル用の LoRA か、この LoRA に対応するモデルを選んでください。
said-it-was-made-for-another-kind-of = 別の種類のモデル用です。{ $a } 層のどれも、このモデルには当てはまりません
said-of-parts-of-have-no-place = { $name } の { $all } 個のうち { $count } 個の部分（{ $first } など）は、このモデルに当てはまらないため、使いません。
said-of-to-a-bias-that-this = { $name } の { $count } 層（{ $first } など）は、このモデルにないバイアスにも値を足すため、その分は使いません。
said-its-layer-holds-numbers-that-are = 層 { $a } に、無限大か、数ではない値があります

# format/lora/keys.rs
said-lora-controlnet = lora_controlnet
said-a-controlnet-lora = ControlNet-LoRA

# format/lora/mod.rs
said-check-the-path-of-the-lora = LoRA のパスが正しいか、ドライブが接続されているかを確認してください。
said-there-is-no-such-file = そのようなファイルはありません
said-choose-the-model = モデルを選んでください
said-choose-the-safetensors-file-of-a = LoRA の .safetensors ファイルを選んでください。
said-it-is-which-is-not-a = これは{ $kind }で、普通の LoRA ではありません
said-choose-a-lora-or-a-locon = LoRA か LoCon を選んでください。
said-it-holds-twice-also-as = { $name } が { $other } としても入っていて、重複しています
said-its-layer-lacks-one-of-its = 層 { $a } の二つの半分のうち、片方がありません
said-choose-the-file-of-a-lora = LoRA のファイルを選んでください。単語とモデルは、それぞれの場所で指定します。
said-this-is-no-lora = LoRA ではありません
said-of-the = { $called } { $count } 層
said-second-text-encoder = 二つ目のテキストエンコーダー
said-download-the-lora-again-or-choose = LoRA をもう一度ダウンロードするか、別のものを選んでください。

# format/lora/strength.rs
said-what-it-says-of-its-strength = 強さについての記述（lora_alpha、alpha_pattern）が読めません

# format/pickle/constructors.rs
said-it-asks-to-run-which-no = { $what } を実行させようとしていますが、学習した単語には必要のないものです
said-a-tensor-in-it-has-a = 中のテンソルの並べ方が、その形と食い違っています
said-a-tensor-in-it-has-a-negative = 中のテンソルの大きさか位置が負の値なので、壊れています
said-a-tensor-in-it-is-larger = 中のテンソルが、どんなメモリーにも収まらない大きさです
said-a-tensor-in-it-has-axes = 中のテンソルの軸が { $a } 本もあります
said-it-holds-an-array-of-a = 学習した単語にはない種類の配列が入っています
said-it-refers-to-something-outside-the = ファイルの外にあるものを参照しています
said-it-keeps-its-numbers-in-a = 数値が { $what } という、学習した単語にはない型で入っています

# format/pickle/cursor.rs
said-its-description-is-longer-than-any = 内容の記述が、モデルにしては長すぎます
said-it-ends-in-the-middle-so = 途中で終わっているので、途切れているか壊れています
said-its-description-is-not-readable-so = 内容の記述が読めません。壊れているか、PyTorch ファイルではありません
said-it-unfolds-into-more-values-than = 展開すると、値の数がどのモデルよりも多くなります

# format/pickle/machine.rs
said-it-holds-more-text-than-any = モデルにしては、入っているテキストが多すぎます
said-it-describes-the-same-numbers-in = 同じ数値について二通りの記述があるので、壊れています
said-it-has-more-instructions-than-any = モデルにしては、命令の数が多すぎます

# format/pickle/mod.rs
said-something-without-a-proper-name = まともな名前のない何か

# format/pickle/step.rs
said-it-is-a-pickle-of-version = バージョン { $version } の pickle ですが、読めるのは 5 までです
said-it-refers-to-a-list-of = ほかのソフトにしかない関数の一覧を参照しています

# format/pickle/tree.rs
said-its-values-lie-too-deeply-within = 値の入れ子が深すぎます
said-it-unfolds-into-more-text-than = 展開すると、モデルにしてはテキストが多すぎます

# format/png_info.rs
said-choose-a-png-picture-as-the = ソフトが保存したままの PNG 画像を選んでください。
said-it-ends-too-early = 途中で終わっています
said-it-is-larger-than-any-picture = 画像としてあり得ない大きさです
said-a-part-of-it-is-damaged = 一部が壊れています

# format/stored.rs
said-blows-a-few-numbers-up-into = は、わずかな数値を巨大なテンソルに膨らませています
said-is-larger-than-any-memory = は、どんなメモリーにも収まらない大きさです
said-lies-beyond-the-end-of-the = の位置が、ファイルの終わりを越えています
said-reaches-beyond-its-numbers = の範囲が、自身の数値を越えています

# format/tensors.rs
said-it-holds-no-weights = 重みが入っていません
said-this-file-of-the-model-is = モデルに必要なこのファイルがありません

# format/torch.rs
said-it-ends-before-the-numbers-it = あるはずの数値より前で終わっているので、途切れているか壊れています
said-it-was-written-by-a-machine = バイト順が逆のマシンで書かれたファイルで、対応していません
said-a-tensor-in-it = 中のテンソル{ $fault }
said-a-tensor-in-it-reaches-beyond = 中のテンソルの範囲が自身の数値を越えているので、壊れています
said-it-begins-like-a-pytorch-file = 先頭は PyTorch ファイルですが目次がないので、途切れているか壊れています
said-it-is-an-archive-of-parts = { $announced } 個ものファイルが入ったアーカイブで、モデルにしては多すぎます
said-it-is-an-archive-but-not = アーカイブですが、PyTorch が書いたものではありません
said-the-list-of-its-storages-is = 数値の置き場所の一覧が読めないので、壊れています
said-the-list-of-its-storages-names = 数値の置き場所の一覧に、どこにも使われていないものがあるので、壊れています
said-its-list-of-contents-is-not = 目次が読めないので、壊れています
said-it-holds-a-part-that-wants = フォルダーの外に展開されようとするものが入っています
said-it-is-an-archive-with-a = パスワード付きのアーカイブです
said-it-is-a-compressed-archive-which = 圧縮されたアーカイブですが、PyTorch は圧縮しません
said-a-part-of-it-claims-another = 一部の大きさが記述と違うので、壊れています
said-the-numbers-of-one-of-its = あるテンソルの数値がない{ $which }ので、壊れています

# format/variant.rs
said-it-holds-parts-of-the-weights = 重みの一部はありますが、その索引（….index.json）がありません
said-the-download-of-its-weights-has = 重みのダウンロードがまだ終わっていません（{ $name }）
said-it-holds-weights-for-another-program = ほかのソフト用の重み（{ $program }）だけで、.safetensors がありません
said-download-the-model-with-its-safetensors = モデルを .safetensors のファイルも含めてダウンロードしてください。
said-it-holds-no-weights-safetensors = 重み（.safetensors）が入っていません

# format/weights.rs
said-it-is-not-an-index-of = 分割ファイルの索引ではありません
said-it-names-no-file-beside-it = { $tensor } に対して、同じ場所にあるファイルが指定されていません
said-it-promises-the-tensor-which-does = テンソル { $tensor } があるはずの { $shard } に、それが入っていません
said-its-tensor-lies-beyond-its-end = テンソル { $name } の位置が、ファイルの終わりを越えています
said-it-holds-no-tensor-called = { $name } というテンソルが入っていません
said-holds-numbers-of-type-not-weights = の数値は { $a } 型で、重みではありません

# text/bert.rs
said-its-words-cannot-be-used = 言葉の一覧が使えません（{ $fault }）
said-the-tokenizer-cannot-be-set-up = トークナイザーを準備できません（{ $fault }）
said-it-lacks-the-special-token = 特殊トークン { $name } がありません

# text/grid.rs
said-there-is-no-learned-word-that = このモデルに合う、学習した単語「{ $word }」がありません
said-write-words-as-the-library-calls = 単語は <cat> のように、「ライブラリ」にある名前で書いてください。
said-the-prompt-has-no-learned-word = ほかの単語と入れ替えられる、学習した単語がプロンプトにありません
said-put-one-into-the-prompt-or = プロンプトに単語を一つ入れるか、単語の入る場所に { $a } と書いてください。
said-the-prompt-has-no-learned-word-whose = 強さを変えられる、学習した単語がプロンプトにありません
said-put-a-learned-word-into-the = 学習した単語をプロンプトに入れてください。

# text/model_tokenizers.rs
said-its-tokenizers-make-and-tokens-of = 二つのトークナイザーが、一つの文を { $a } トークンと { $b } トークンという別々の数に分けています
said-download-the-model-again-complete-with = モデルをトークナイザーも含めて、もう一度最後までダウンロードしてください。

# text/prompt/remarks.rs
said-has-a-part-that-is-never = 「{ $shown }」には描かれない部分があります。描画が { $steps } だからです。
said-there-is-more-in-the-prompt = プロンプトには、ほかにも { $others }、分からないところがあります。
said-is-left-out-only-learned-words = 「{ $shown }」は除きます。使えるのは学習した単語だけです。
said-is-left-out-a-lora-is = 「{ $shown }」は除きます。LoRA はプロンプトの横で、コマンドラインでは --lora FILE:WEIGHT で選びます。
said-is-left-out-no-learned-word = 「{ $shown }」は除きます。この名前の学習した単語は選ばれていません。
said-the-signs-around-the-learned-word = 「{ $shown }」の学習した単語の周りの記号は、文字として読まれます。強さは (name:1.2) のように書いてください。
said-has-no-weight-that-can-be = 「{ $shown }」には使える強さがありません。(word:1.2) のように、100 までの数を小数点付きで書いてください。
said-is-read-as-plain-text-a = 「{ $shown }」は普通の文字として読まれます。強さには (word:1.2) のように括弧が必要です。
said-is-not-closed-so-it-is = 「{ $shown }」は閉じられていないので、弱い言葉として読まれます。] を加えてください。
said-a-brace-is-not-closed = 「{ $shown }」は閉じていないので、普通の文字として読まれます。{"}"} を加えてください。
said-is-not-closed-so-its-weight = 「{ $shown }」は閉じられていないので、強さが文字として読まれます。) を加えてください。
said-is-read-as-plain-text-it = 「{ $shown }」は普通の文字として読まれます。ここでは意味がありません。
said-and-in-a-negative-prompt-is = ネガティブプロンプトの AND は言葉として読まれます。
said-is-read-as-words-that-count = 「{ $shown }」は弱い言葉として読まれます。一方から他方へ移るには [one:other:0.5] と書いてください。
said-is-read-as-words-that-count-less = 「{ $shown }」は弱い言葉として読まれます。交互に使うには [one|other]、移るには [one:other:0.5] と書いてください。
said-is-read-as-plain-text-no = 「{ $shown }」は普通の文字として読まれます。この名前の学習した単語は選ばれていません。
said-is-read-as-plain-text-braces = 「{ $shown }」は普通の文字として読まれます。波括弧はここでは意味がありません。
said-is-read-as-plain-text-lists = 「{ $shown }」は普通の文字として読まれます。言葉のリストはここでは使えません。
said-is-read-as-plain-text-no-list = 「{ $shown }」は普通の文字として読まれます。言葉のリストにこの名前は付けられません。名前に使えるのは文字、数字と - _ / だけで、すぐ前に文字を置けません。
said-and-joins-a-prompt-that-is = AND でつないだプロンプトの一つが空で、空のまま描かれます。どの AND も、両側に何か書いてください。
said-is-read-as-plain-text-weights = 「{ $shown }」は普通の文字として読まれます。強さは (word:1.2) のように書きます。

# text/tokenizer.rs
said-has-no-row = 対応する行がない
said-does-not-follow-the-others = ほかの単語に続いていない
said-the-word-that-was-added-to = このモデルに追加された単語 { $word } は、{ $why }ため、使いません。
said-the-word-that-was-added-to-it = モデルに追加された単語 { $a } が使えません（{ $fault }）
said-the-vocabulary-and-the-merges-disagree = 語彙と結合規則（merges）が食い違っています（{ $fault }）
said-the-vocabulary-lacks-the-special-token = 語彙に特殊トークン { $a } がありません
said-the-special-tokens-cannot-be-used = 特殊トークンが使えません（{ $fault }）
said-the-word-cannot-be-used = 単語 { $word } は使えません
said-choose-another-one = 別の単語を選んでください。
said-choose-a-word-that-means-nothing = <cat-toy> のような、まだ意味のない単語を選んでください。
said-a-new-word-must-be-one = 新しい単語は空白のない一続きでなければなりませんが、{ $word } はそうなっていません
said-the-model-already-knows-the-word = モデルは { $word } という言葉をすでに知っています

# text/vocabulary.rs
said-download-the-model-folder-again-complete = モデルのフォルダーをトークナイザーも含めて、もう一度最後までダウンロードしてください。
said-vocab-json-is-not-readable = vocab.json が読めません（{ $fault }）
said-has-no-table-of-tokens = { $file } にトークンの表がありません
said-gives-a-token-an-id-that = { $file } に、整数ではない ID のトークンがあります
said-leaves-out-ids-or-uses-them = { $file } の ID に、抜けか重複があります
said-it-is-not-utf-8-text = UTF-8 のテキストではありません（{ $fault }）
said-it-is-too-long-for-a = 語彙にしては長すぎます
said-its-line-repeats-an-earlier-one = { $a } 行目が、前の行と重複しています
said-merges-txt-is-not-utf-8 = merges.txt が UTF-8 のテキストではありません
said-line-of-merges-txt-does-not = merges.txt の { $a } 行目が語彙と合いません
said-tokenizer-json-holds-another-kind = tokenizer.json のトークナイザーが、このモデルのもの（{ $kind }）とは違う種類です
said-tokenizer-json-has-no-list = tokenizer.json に結合規則（merges）の一覧がありません
said-merge-of-tokenizer-json-does-not = tokenizer.json の { $a } 番目の結合規則が語彙と合いません

# text/wildcards.rs
said-the-files-of-choices-name-each = 候補のファイルが互いを指していて、終わりがありません
said-take-the-name-of-a-file = 候補の中から、ファイルの名前をどれか消してください。
said-in-a-prompt-is-drawn-from = プロンプトの __{ $name }__ には、このファイルの行から選んだものが入ります。候補を 1 行に一つずつ書いてください。
said-it-has-no-lines-to-choose = 選べる行がありません

# model/clip_vision.rs
said-choose-a-clip-folder-as-transformers = openai/clip-vit-base-patch32 のような、transformers が保存した形の CLIP のフォルダーを選んでください。
said-a-projection-dim-of-0 = 0 の projection_dim
said-pictures-of-other-than-three-colours = 3 色ではない画像
said-patches-that-do-not-divide-the = 画像を割り切れないパッチ
said-heads-that-do-not-divide-hidden = hidden_size を割り切れないヘッド数
said-there-is-no-clip-here-no = ここに CLIP はありません（config.json なし）

# model/memory/mod.rs
said-u-net-in-8-bits = 8 ビットの U-Net
said-text-encoders = テキストエンコーダー
said-kept-of-the-text-encoders = テキストエンコーダーの途中の値
said-token-tables = トークンの表
said-the-program = ソフト自体
said-kept-between-the-segments = 区間の間の値
said-kept-of-the-largest-segment = 最大の区間の途中の値
said-kept-of-the-u-net = U-Net の途中の値
said-at-work = 計算中の作業用
said-kept-by-plain-operations = 普通の演算の途中の値
said-what-is-learned-and-its-gradient = 学習するものとその勾配
said-what-is-learned-its-gradient-and = 学習するものとその勾配、モーメント
said-a-checkpoint-while-it-is-written = 書き出し中のチェックポイント
said-the-other-networks = ほかのネットワーク
said-autoencoder = オートエンコーダー
said-its-pictures = オートエンコーダーの画像
said-handed-on = 受け渡す値
said-opening-the-largest-picture = 最大の画像の読み込み
said-the-judging-clip = 評価する CLIP

# model/merge.rs
said-a-lora-could-not-be-added = LoRA を加えられませんでした（{ $error }）
said-close-other-programs-and-try-again = ほかのソフトを閉じて、もう一度試してください。

# model/pipeline.rs
said-choose-a-complete-text-to-image = 文から絵を描く、すべての部分がそろったモデルを選んでください。
said-its-text-encoder-is-wide-but = テキストエンコーダーの幅は { $width } ですが、U-Net が読む幅は { $context } です
said-its-tokenizer-has-tokens-but-its = トークナイザーのトークンは { $tokens } 個ですが、テキストエンコーダーが知っているのは { $known } 個です
said-its-tokenizer-makes-tokens-too-many = トークナイザーが { $length } トークンを作りますが、テキストエンコーダーには多すぎます
said-its-u-net-and-its-text = U-Net とテキストエンコーダーの系統が違います
said-its-u-net-takes-channels-but = U-Net が受け取るのは { $channels } チャンネルですが、オートエンコーダーが作るのは { $latent } チャンネルです
said-text-encoder = テキストエンコーダー
said-a-of = { $name } は { $a }
said-a-picture-of-x-pixels-does = { $width } x { $height } ピクセルの絵は、このモデルでは描けません
said-choose-multiples-of = { $step } の倍数にしてください（{ $a }）。
said-a-clip-skip-of-leaves-nothing = Clip skip を { $clip_skip } にすると、このモデルのテキストエンコーダーに使える層が残りません
said-choose-a-clip-skip-from-1 = Clip skip を 1 から { $most } までにしてください。
said-the-token-table-of-its-has = { $part }のトークンの表は { $rows } 行ですが、{ $asking }のトークンは { $asked } 個です
said-download-the-model-again-or-put = モデルをもう一度ダウンロードするか、このモデルのトークナイザーと設定ファイルを入れてください。

# model/source.rs
said-it-holds-the-tensor-twice-also = テンソル { $name } が、{ $other } としても重ねて入っています
said-the-tensor-has-no-place-in = テンソル { $first } の入る場所が、ネットワークにありません
said-tensors-have-no-place-in-the = { $first } など { $count } 個のテンソルの入る場所が、ネットワークにありません
said-the-tensor-is-missing = テンソル { $name } がありません
said-the-tensor-has-shape-where-the = テンソル { $file_name } の形は { $found } ですが、設定ファイルでは { $shape } です
said-the-of-this-model-has-of = このモデルの { $a } には{ $what }が { $b } 個あり、最初の { $c } 個を使います。
said-its-is-damaged-the-tensor-holds = { $a } が壊れています。テンソル { $file_name } に有限でない数値があります
said-download-it-again-or-choose-another = もう一度ダウンロードするか、別のモデルを選んでください。設定を変えても直りません。
said-rows-in-its-token-table = トークンの表の行
said-download-the-model-again-or-choose = モデルをもう一度ダウンロードするか、設定ファイルと重みの合ったモデルを選んでください。

# model/tables.rs
said-its-has-no-table-of-the = { $part } に、トークナイザーのトークンの表がありません

# model/tiny_decoder.rs
said-put-taesd-decoder-safetensors-there-for = そこに taesd_decoder.safetensors（SDXL なら taesdxl_decoder.safetensors）を置くか、このファイルを取り除いてください。
said-it-is-no-decoder-of-taesd = TAESD のデコーダーではありません

# diffusion/blended.rs
said-latents-of-different-length = 長さの違う潜在変数

# diffusion/config.rs
said-pseudoword-needs-the-scheduler-of-a = Pseudoword で使えるのは、epsilon か v_prediction を予測し、ノイズスケジュールが linear、scaled_linear、squaredcos_cap_v2 のどれかの潜在拡散モデルのスケジューラーです。別のモデルを使うか、ファイルが壊れているなら、もう一度ダウンロードしてください。
said-dynamic-thresholding-is-only-meant-for = Dynamic thresholding は、ピクセルを直接扱うモデル専用です
said-the-noise-schedule-cannot-be-used = ノイズスケジュールが使えません：{ $error }
said-num-train-timesteps-is-but-must = num_train_timesteps が { $steps } ですが、2 から 100000 まででなければなりません
said-steps-offset-is-but-there-are = steps_offset が { $a } ですが、タイムステップは { $steps } しかありません
said-original-inference-steps-is = original_inference_steps が { $a } です
said-trained-betas-has-values-for-timesteps = { $steps } のタイムステップに対して、trained_betas の値が { $a } 個あります
said-trained-betas-is-but-must-lie = trained_betas[{ $t }] が { $a } ですが、0 と 1 の間でなければなりません
said-is-but-must-lie-between-0 = { $name } が { $beta } ですが、0 と 1 の間でなければなりません

# diffusion/guidance.rs
said-predictions-of-different-length = 長さの違う予測

# diffusion/lib.rs
said-vectors-of-different-length = 長さの違うベクトル

# diffusion/noise.rs
said-stream-numbers-from-2-63-up = 2^63 以上のストリーム番号は学習のステップ用です

# diffusion/sampler/mod.rs
said-eta-is = イータが { $eta } です
said-choose-a-value-from-0-no = 0（新しいノイズなし）から 1 までの値にしてください。
said-the-sampler-cannot-take-steps-on = このモデルでは、サンプラー { $kind } で { $steps } ステップは描けません
said-choose-a-number-of-steps-from = ステップ数を 1 から { $most } くらいまでにしてください。

# diffusion/schedule.rs
said-latents-do-not-divide-into-rows = 潜在変数を { $rows } 行に分けられません

# inversion/diagnostics.rs
said-the-word-has-hardly-changed-in = 単語が 100 ステップの間ほとんど変わらず、何も学習していません。文に単語が入っているか、学習率が小さすぎないかを確認してください。

# inversion/latent_cache.rs
said-a-picture-was-encoded-as-numbers = 画像を符号化すると、有限でない数値になりました
said-use-precision-f32-or-bf16 = 数の形式を 32 ビットか bf16 にしてください（--precision f32、bf16）。

# inversion/learner.rs
said-the-loss-or-its-gradient-was = ステップ { $step } で、損失かその勾配が有限の数になりませんでした
said-the-word-was-taken-back-one = 単語を 1 ステップ前に戻しました
said-step-would-have-left-the-range = ステップ { $step } で、数値が扱える範囲を超えるところでした
said-the-word-stays-as-it-was = 単語はそのままです
said-the-gradient-of-step-was-too = ステップ { $step } の勾配が 16 ビットには大きすぎたため、このステップを飛ばしました。これからは損失を { $scale } 倍にして計算します。
said-the-rd-time-in-a-row = { $reason }（連続 { $max_rollbacks } 回目）

# inversion/mix.rs
said-there-are-too-few-words-for = これには単語が足りません
said-add-some = 単語を追加してください。
said-one-of-the-words-has-vectors = 一つの単語はベクトルが { $own } 個、別の単語は { $count } 個で、組み合わせられません
said-average-them-first-so-that-each = 先に平均してそれぞれを一つのベクトルにするか、つなげてください。
said-there-is-no-vector-the-result = ベクトル { $number } はありません。結果のベクトルは { $a } 個です
said-keep-others-they-are-counted-from = 残すベクトルを選び直してください。番号は 1 から始まります。

# inversion/null_text.rs
said-the-null-text-came-out-as = 空のテキストが有限でない数値になりました
said-use-precision-f32-or-bf16-or = 数の形式を 32 ビットか bf16 にするか（--precision f32、bf16）、ガイダンスを下げてください。

# inversion/objective.rs
said-the-device-stopped-answering = デバイスが応答しなくなりました（{ $what }）
said-close-other-programs-that-use-it = デバイスを使っているほかのソフトを閉じ、サイズか一度に見る枚数を小さくして、最後のチェックポイントから再開してください。

# inversion/tuner.rs
said-step-was-too-large-for-16 = ステップ { $step } は 16 ビットには大きすぎたため飛ばし、損失を { $scale } 倍にして計算します

# metrics/lib.rs
said-pictures-of-different-size = サイズの違う画像

# starter/bundle.rs
said-the-starter-model-is-unpacked-there = 付属のモデルはそこに展開します。PSEUDOWORD_HOME に書き込めるフォルダーを設定するか、モデルを指定してください。

# engine/choice.rs
said-remote-says-where-a-machine-is = remote:{ $text } にはマシンの場所だけがあり、どのマシンかが示されていません。そのマシンで「pseudoword serve」が表示する行を全部コピーするか、信頼できるネットワークなら、暗号化されませんが remote:ws://{ $text2 } と書いてください
said-remote-names-no-machine-copy-the = remote:{ $text } にはマシンが示されていません。そのマシンで「pseudoword serve」が表示する行をコピーしてください
said-is-no-device-choose-auto-vulkan = { $text } というデバイスはありません。auto、vulkan、metal、dx12、gl、cpu のどれかにするか、カードが複数あれば「pseudoword devices」の番号で vulkan:1 のように、別のマシンなら remote:ID@ADDRESS:PORT のように書いてください
said-is-no-address-with-a-port = { $address } はポートの付いたアドレスではありません（例：studio:9234、192.168.1.5:9234、[fd00::5]:9234）。そのマシンで「pseudoword serve」が表示する行を写してください

# engine/clip.rs
said-get-one-with-pseudoword-fetch-clip = 「pseudoword fetch clip」で取得し、そのフォルダーを CLIP に指定してください。
said-switch-at-least-one-picture-on = 画像を少なくとも 1 枚は有効にしてください。
said-all-its-pictures-are-switched-off = 画像がすべて無効になっています

# engine/device.rs
said-this-computer-offers-no-there = このパソコンには { $choice } がありません（there { $numbers } { $name }:{ $a }）
said-run-pseudoword-devices-to-see-which = 「pseudoword devices」を実行すると、カードの番号が分かります。
said-this-computer-offers-no-adapter-for = このパソコンには --device { $choice } に当たるデバイスがありません
said-run-pseudoword-devices-to-see-what = 「pseudoword devices」で何があるかを確認し、グラフィックスドライバーを更新するか、--device cpu を使ってください。
said-is-a-driver-that-runs-on = { $a }（{ $b }）はプロセッサーで動くドライバーで、ここでは異常終了します
said-use-device-cpu-which-is-much = ずっと速い --device cpu を使うか、ソフトウェアで描画を試すなら --device gl を使ってください。
said-could-not-be-started = { $a }（{ $b }）を開始できませんでした：{ $error }
said-update-the-graphics-driver-close-other = グラフィックスドライバーを更新するか、カードを使っているほかのソフトを閉じるか、別のデバイスを選んでください。
said-cannot-be-opened-again-in-this = { $a }（{ $b }）は、ソフトを起動し直すまで開けません
said-choose-another-device-or-start-pseudoword = 別のデバイスを選ぶか、Pseudoword を起動し直してください。
said-cannot-calculate-in = { $a } は { $b } で計算できません
said-use-precision-f32 = 数の形式を 32 ビットにしてください（--precision f32）。
said-processor = { $a } プロセッサー
said-threads = { $a } スレッド
said-no-reason-given = 理由は不明
said-the-connection-to-the-device-was = デバイスとの接続が切れました
said-the-device-has-too-little-memory = デバイスのメモリーが足りません（{ $first_line }）
said-choose-a-smaller-size-or-batch = サイズか一度に見る枚数を小さくするか、16 ビットにするか（--precision f16）、カードを使っているほかのソフトを閉じてください。
said-go-on-from-the-last-checkpoint = 最後のチェックポイントから続けてください。また起きたら、別のデバイスを選んでください。

# engine/draw.rs
said-the-picture-came-out-as-numbers = 絵が有限でない数値になりました

# engine/draw/decoder_fit.rs
said-there-is-too-little-memory-to = メモリーが足りないため、デコーダー全体は調整できません。{ $all } ブロックのうち、最後の { $blocks } ブロックを調整します。
said-and-can-be-had = （使えるのは { $a }）
said-to-fit-only-the-last-block = デコーダーの最後のブロックだけの調整にも { $a } が必要です{ $there }
said-fit-the-drawing-instead-fit-background = 代わりに、メモリーの少なくて済む絵の調整にするか（--fit-background latents）、小さく描いてください（--size）。

# engine/draw/latent_preview.rs
said-pictures-on-the-way-are-shown = 途中の絵は大まかに表示します。{ $error }

# engine/draw/loaded_words.rs
said-is-taken-as-the-learned-word = 「{ $name }」を学習した単語として読みます。単語を使う場所を示すには、{ $called } と書いてください。
said-was-learned-for-negative-prompts-so = { $word } はネガティブプロンプト用に学習した単語なので、ネガティブプロンプトに入れます。
said-no-prompt-contains-the-learned-word = 学習した単語 { $word } が、どのプロンプトにもありません。入れたいところに { $word2 } と書いてください。
said-another-word-is-called-already = { $own } という名前の単語が、ほかにすでにあります
said-is-what-prompts-say-without-meaning = 「{ $own }」は、学習した単語を指さなくてもプロンプトに書かれる言葉です
said-has-signs-or-spaces-that-prompts = 「{ $own }」に、プロンプトで意味を持つ記号か空白があります
said-write-for-the-word-of = { $why }。{ $file } の単語は { $called } と書いてください。

# engine/export.rs
said-go-on-with-the-run-for = この学習をもう 1 ステップ続けるか、学習したままの単語を使ってください。
said-it-does-not-say-what-its = 単語の始まりが記されていません
said-what-its-word-began-as-is = 単語の始まりの形が違います

# engine/handle.rs
said-more-was-asked-for-than-can = 今のステップが終わるまでに待てる数より多くのことが頼まれました
said-wait-for-a-moment-and-ask = 少し待って、もう一度試してください。
said-the-connection-to-was-cut-the = { $a } との接続が切れました。単語は最後のステップのまま残り、そのマシンが戻ると続きを学習します。停止すると、そのまま終わります。
said-goes-on-being-used = { $error }{ $a } を引き続き使います。

# engine/jobs/bias.rs
said-the-pictures-that-the-word-was = 単語の学習に使った画像は数えません：{ $error }
said-pictures-learned-from = 学習に使った画像
said-the-file-does-not-say-which = 学習した単語がどの普通の言葉に当たるのか、ファイルに記されていません
said-name-one-with-known-such-as = --known robot のように、--known で指定してください。
said-name-groups-of-attributes-with-attributes = --attributes で、調べる特徴を 'red,green,blue;{ $a } with a hat,{ $b }' のようにグループで指定してください。
said-it-is-not-known-what-to = 絵の何を調べるのかが指定されていません
said-the-pictures-that-the-word-was-learned = 単語の学習に使った画像が手元にないので、数えません。

# engine/jobs/compare.rs
said-choose-a-folder-of-its = 専用のフォルダーを選んでください。

# engine/jobs/compare/concepts.rs
said-has-pictures-and-is-not-learned = { $name } の画像は { $count } 枚なので、{ $beyond } 枚での学習は行いません。

# engine/jobs/compare/runs.rs
said-on-b = { $concept } を { $name } で

# engine/jobs/edit.rs
said-fitting-the-background = 背景を合わせています

# engine/jobs/edit/canvas.rs
said-this-mask-is-white-everywhere = このマスクは全体が白です
said-this-mask-is-black-everywhere = このマスクは全体が黒です
said-paint-white-what-is-to-change = 変えたいところを白く塗ってください。

# engine/jobs/evaluate/scorer.rs
said-drawing-for-the-scores = 評価用の絵を描いています

# engine/jobs/evaluate/subject.rs
said-learned-word = 学習した単語 { $word }

# engine/jobs/explain.rs
said-there-is-no-clip-at-hand = CLIP がないので、評価も、絵に合う言葉探しも行いません。
said-there-is-nothing-to-explain = 調べるものがありません
said-name-a-word-or-a-text = 単語か、調べたいテキストを指定してください。
said-the-text-to-look-at-is = 調べるテキストが空です
said-write-what-is-to-be-drawn = 描きたいものを書いてください。
said-there-is-a-second-word-and = 二つ目の単語だけで、一つ目の単語がありません
said-name-the-first-one-too = 一つ目の単語も指定してください。
said-the-words-have-and-vectors-and = 二つの単語のベクトルは { $one } 個と { $two } 個で、数が違うと中間を作れません
said-choose-two-words-of-as-many = ベクトルの数が同じ単語を二つ選んでください。
said-the-file-holds-words-is-explained = ファイルには単語が { $a } 語あります。そのうち { $first } を調べます。
said-comparing-with-the-vocabulary = 語彙と比べています
said-the-pictures-that-the-word-was-learned-from = 単語の学習に使った画像とは比べません：{ $error }

# engine/jobs/explain/hard_prompt.rs
said-the-pictures-the-word-was-learned = 単語の学習に使った画像
said-pictures-the-word-draws = 単語で描いた絵

# engine/jobs/explain/heat.rs
said-looking-where-words-are-looked-for = 言葉が絵のどこに効くかを調べています

# engine/jobs/generate.rs
said-the-model-predicts-noise-and-pure = このモデルはノイズを予測しますが、純粋なノイズからは何も読み取れないので、ゼロ終端 SNR では絵が崩れるかもしれません。ゼロ終端 SNR は、速度（velocity）を予測するモデルのためのものです。
said-the-sampler-divides-by-what-pure = サンプラー { $a } の計算では、純粋なノイズだと 0 で割ることになるため、純粋なノイズからは始めません。別のサンプラーを選んでください。
said-the-word = 単語
said-prompt = プロンプト
said-negative-prompt = ネガティブプロンプト
said-at-a-guidance-of-1-the = ガイダンスが 1 だと、ネガティブプロンプトは効きません。1 より高くしてください。
said-the-is-too-long-its-end = { $called }が長すぎるため、最後の { $dropped } を除きます。

# engine/jobs/grid.rs
said-a-row-of-the-grid-is = グリッドの行が一つ抜けています：{ $fault }
said-a-line-of-the-list-is = 一覧の一行を描けませんでした：{ $fault }
said-rows-of-the-grid-are = グリッドの { $rows } 行が抜けています：{ $fault }
said-lines-of-the-list-are = 一覧の { $rows } 行を描けませんでした：{ $fault }

# engine/jobs/invert.rs
said-drawing-it-again = 同じ画像を描き直しています
said-drawing-from-its-noise = 画像のノイズから描いています
said-holds-already = { $a } には、すでに { $file } があります
said-name-another-folder-with-out = --out で別のフォルダーを指定してください。
said-inverting-the-picture = 画像をノイズに戻しています
said-learning-the-null-text-for-a = ガイダンス { $guidance } 用の空のテキストを学習しています

# engine/jobs/learn.rs
said-what-was-learned-since-the-last = 最後のチェックポイントより後に学習した分を保存できませんでした：{ $error }
said-preparing-the-card = カードを準備しています
said-the-word-is-kept-as-it = 単語は、最後に正常だったときの状態で残ります。学習率を下げるか、数の形式を 32 ビットにしてください（--precision f32）。
said-the-best-word-cannot-be-read = いちばんよい単語が読めないので、代わりに最新の単語を残します：{ $error }

# engine/jobs/learn/clip_start.rs
said-the-clip-does-not-know-the = CLIP がはじめの言葉「{ $a }」を知りません
said-choose-another-one-or-begin-from = 別の言葉を選ぶか、そのままの言葉から始めてください（--start token）。
said-letting-clip-find-the-word = CLIP で言葉を探しています
said-this-clip-has-not-the-text = この CLIP のテキストエンコーダーはモデルのものと違うので、単語の始まりは、CLIP が見つけた位置とおおよそしか合いません。

# engine/jobs/learn/images.rs
said-looking-at-the-pictures = 画像を調べています
said-its-name-or-that-of-its = ファイルかフォルダーの名前が Unicode ではありません
said-give-it-a-name-in-unicode = Unicode の名前にしてください。
said-1-of-pictures-has-no-caption = { $of } 枚中 1 枚の画像にキャプションがないので、標準の文で学習します。
said-of-pictures-have-no-caption-they = { $of } 枚中 { $without } 枚の画像にキャプションがないので、標準の文で学習します。
said-1-of-them-carries = そのうち 1 枚
said-of-them-carry = そのうち { $inside } 枚
said-a-description-that-another-program-wrote = { $few }には、ほかのソフトが書いた説明文が入っています。--embedded-captions を付けると使えます。
said-encoding-pictures = 画像を符号化しています
said-no-sentence-of-contains-the-word = { $a } の文には、モデルが読める範囲に単語がありません。
said-no-sentence-of-any-picture-contains = どの画像の文にも、モデルが読める範囲に単語がありません
said-use-shorter-captions-or-sentences-fewer = キャプションや文を短くするか、ベクトルを減らすか、内蔵の文を使ってください。
said-this-picture-is-gone = この画像がなくなっています：{ $one }
said-these-pictures-are-gone = これらの画像がなくなっています：{ $a }
said-put-back-or-name-new-place = { $them }を元に戻すか、{ $their }新しい場所を --images で指定してください。学習は、すべての画像がそろわないと続けられません。
said-timesteps-begins-at-but-this-model = timesteps が { $first } から始まりますが、このモデルには { $most } までしかありません
said-choose-a-range-from-0-to = 0 から { $most } までの範囲にしてください。

# engine/jobs/learn/initial_word.rs
said-the-model-does-not-know-the = モデルがはじめの言葉「{ $initial_word }」を知りません
said-say-in-a-plain-word-what = 画像に写っているものを、cat、mug、painting のような普通の言葉で書いてください。
said-the-model-reads-as-the-word = モデルは「{ $initial_word }」を { $parts } に分けて読みます。単語はそのうち最初の { $used } 個をもとに、ベクトル { $count } 個で始まります。

# engine/jobs/learn/masks.rs
said-looking-for-the-thing = 物を探しています
said-nothing-stands-out-clearly-in-all = { $a } にははっきり目立つものがないので、全体を学習します。学習させたいところは、自分で用意したマスクで示せます。

# engine/jobs/learn/measure.rs
said-pictures-are-not-judged = 絵は評価しません：{ $error }
said-measuring-the-loss = 損失を測っています

# engine/jobs/learn/prepare.rs
said-the-model-has-changed-since-this = この学習を始めてからモデルが変わっています。単語が合わなくなっているかもしれません。
said-this-run-began-on-on-it = この学習は { $began } で始まりました。{ $device } では丸め方が少し違うまま続けます。
said-the-model-of-this-run-is = この学習のモデルがなくなっています。{ $a } は別のモデルです
said-the-model-of-this-run-is-gone = この学習のモデルがなくなっています
said-put-it-back-or-name-its = 元に戻すか、--model で新しい場所を指定してください。
said-begin-a-new-run-in-another = 別のフォルダーで新しい学習を始めてください。
said-its-run-toml-names-no-pictures = run.toml に画像が書かれていません
said-its-word-is-learned-but-its = 単語の学習は終わっていますが、チェックポイントがなくなっています
said-put-them-back-or-begin-a = 元に戻すか、別のフォルダーで学習を始めてください。
said-the-two-words-and-would-have = 二つの単語 { $a } と { $b } が、同じファイルになってしまいます
said-give-the-second-one-another-name = 二つ目の単語を別の名前にしてください。
said-the-word-gets-its-second-vector = 単語に二つ目のベクトルが加わるのはステップ { $next } の後ですが、この学習は { $steps } ステップです。いつ増やすかを --add-vector-at で指定してください。
said-its-checkpoint-holds-numbers-where-the = チェックポイントの数値は { $a } 個ですが、このモデルには { $b } 個必要です
said-resume-it-with-the-model-it = 始めたときのモデルで再開してください。
said-a-step-takes-about-of-memory = 1 ステップにおよそ { $a } のメモリーが必要ですが、使えるのは { $b } だけで、途中で終わるかもしれません。サイズを小さくするか、一度に見る枚数を減らすか、16 ビットにしてください（--precision f16）。
said-memory-is-spared-because-only-can = 使えるメモリーが { $there } だけなので、節約して学習します。1 ステップにおよそ { $needed } を使い、文はプロセッサーが読むので、全体に時間がかかります。
said-memory-is-spared-because-only-can-be = 使えるメモリーが { $there } だけなので、節約して学習します。1 ステップにおよそ { $needed } を使い、時間は 1.5 倍になります。節約しないときは --low-memory off にしてください。

# engine/jobs/learn/previews.rs
said-preview-of = プレビュー { $b } 枚中 { $a } 枚目
said-a-picture-takes-about-here-so = ここでは絵 1 枚におよそ{ $all }かかるので、最初の絵は { $first_steps } ステップの後に描きます。
said-no-preview = プレビューなし：{ $error }

# engine/jobs/learn/retry.rs
said-learning-waits-nothing-is-lost-and = { $error }学習は待っています。失われたものはなく、保存をもう一度試します。

# engine/jobs/learn/start.rs
said-the-text-encoders-output-is-longer = テキストエンコーダーの出力は普通の言葉より長く、普通の長さへ引く力で縮められてしまいます。--norm-pull 0 にすると、そのまま残ります。
said-leave-out-how-many-vectors-the = 新しい単語のベクトル数の指定を外してください。
said-its-word-has-instead-of = 単語のベクトルは { $vectors } ですが、{ $asked } 個が指定されています
said-its-word-has-vectors-and-is = 単語のベクトルは { $count } 個ですが、学習できるのは { $max_vectors } 個までです
said-begin-from-another-word = 別の単語から始めてください。
said-its-word-has-vectors-with-which = 単語のベクトルは { $vectors } で、--method { $a } ではこの数から始められません
said-begin-from-another-word-or-choose = 別の単語から始めるか、別の手法を選んでください。
said-the-text-encoders-of-this-model = このモデルのテキストエンコーダーは、1 トークンにつき { $width } 個の数値を出しますが、受け取るのは { $a } 個です
said-begin-from-the-initial-word-itself = はじめの言葉そのものから始めてください（--start token）。
said-the-text-encoders-output-for-the = はじめの言葉に対するテキストエンコーダーの出力が、有限の数ではありません

# engine/jobs/look.rs
said-it-holds-no-word-b = 単語が入っていません
said-choose-another-file = 別のファイルを選んでください。
said-the-prompt-has-no-place-for = プロンプト「{ $prompt }」に、単語を入れるところがありません

# engine/jobs/measure.rs
said-can-only-be-measured-on-the = { $a } は、貸し出しているマシンでしか計測できません
said-run-pseudoword-devices-tune-there = そのマシンで「pseudoword devices --tune」を実行し、そのあと「pseudoword serve」を始め直してください。
said-measuring-this-device = デバイスを計測しています

# engine/jobs/mix.rs
said-sentences-the-usual-length-and-conversions = 文、普通の長さ、変換を使うには、モデルが必要です
said-name-one-with-model = --model で指定してください。
said-a-word-of-stable-diffusion-1 = Stable Diffusion 1 の単語を Stable Diffusion XL で使います。一つ目のテキストエンコーダーはそのまま読みますが、二つ目が読む分は移し替えたもので、おおよそでしかありません。
said-nothing-is-converted-no-word-is = 何も変換しません。Stable Diffusion 1 の単語を XL のモデルで使うときだけ、変換が必要です。
said-lengths-are-given-and-needed-one = 長さが { $given } 個指定されていますが、テキストエンコーダーごとに一つずつ、{ $wanted } 個必要です
said-write-0-4-for-one-or = 一つなら 0.4、二つなら 0.4,0.9 のように書いてください。
said-the-result-has-vectors-and-fit = 結果のベクトルは { $a } 個ですが、プロンプトに入るのは { $max_vectors } 個までです
said-keep-some-of-them-or-average = ベクトルの一部だけを残すか、先に単語を平均してください。
said-the-numbers-of-the-result-are = 結果の数値が単語としては大きすぎます
said-use-smaller-weights-or-leave-out = 強さを小さくするか、大きすぎる単語を外してください。
said-nothing-is-left-of-the-words = 単語から何も残りません。結果の数値がすべて 0 です
said-change-the-weights = 強さを変えてください。

# engine/jobs/mix/asked.rs
said-the-model-does-not-know = モデルが「{ $text }」を知りません
said-write-words-that-it-knows-such = an old wooden house のように、モデルが知っている言葉で書いてください。

# engine/jobs/mix/parts.rs
said-it-holds-words-and-one-is = 単語が { $count } 語入っていますが、混ぜられるのは 1 語です
said-write-each-to-a-file-of = 先に「pseudoword convert --to emb-params」で、1 語ずつ別のファイルに書き出してください。
said-numbers-a-vector = ベクトルごとに数値 { $a } 個{ $family }
said-it-has-and-has = この単語は{ $a }、{ $first } は{ $b }です
said-mix-words-of-one-base-model = 同じベースモデルの単語を混ぜてください。
said-was-learned-on-and-on-the = { $first } は { $a } で、{ $second } は { $b } で学習した単語です。混ぜると、どちらにも似なくなるかもしれません。

# engine/jobs/suggest.rs
said-reading-the-words-of-the-model = モデルの言葉を読み込んでいます
said-what-clip-makes-of-the-words = CLIP が言葉を読んだ結果を、次のために保存できません：{ $error }

# engine/jobs/tune.rs
said-it-holds-words-and-a-model = 単語が { $a } 語入っていますが、モデルの調整には 1 語だけを使います
said-take-one-of-them-out-with = 「pseudoword convert」で、1 語を別のファイルに取り出してください。
said-put-the-model-back-that-it = 始めたときのモデルに戻すか、別のフォルダーで新しく調整してください。
said-its-model-has-changed-since-it = 調整を始めてからモデルが変わっています
said-put-the-word-back-as-it = 単語を元に戻すか、別のフォルダーで新しくチューニングしてください。
said-it-has-changed-since-the-tuning = チューニングを始めたときから変わっています
said-this-tuning-ended-before-its-first = 前回の調整は、最初の状態を保存する前に終わっています。初めからやり直します。
said-go-on-from-the-last-good = 最後の正常な状態から続けてください：--resume に、より小さい --learning-rate か --precision f32 を添えてください。
said-the-sentence-is-too-long-the = 文が長すぎて、モデルが単語のところまで読めません
said-use-a-shorter-one = もっと短い文にしてください。
said-to-learn-every-number-of-the = U-Net のすべての数値を学習するには{ $what }が { $a } 必要ですが、使えるのは { $b } です
said-use-kind-lora-with-a-higher = --kind lora を使ってください。表せることを増やしたいときは、--rank を大きくします。
said-the-cards-memory = カードのメモリー
said-the-computers-memory = パソコンのメモリー
said-a-step-takes-about-and-can = 1 ステップにおよそ { $a } のメモリーが必要ですが、使えるのは { $b } です。減らすには次のものを使ってください：{ $less } 小さい --resolution、--weights 8bit。

# engine/jobs/tune/files.rs
said-tuning-a-model = モデルを調整しています
said-choose-another-folder-or-go-on = 別のフォルダーを選ぶか、--resume でその続きから調整してください。
said-this-folder-holds-a-file = このフォルダーには、置き換えられてしまうファイルがすでにあります：{ $name }
said-choose-another-folder-or-move-that = 別のフォルダーを選ぶか、そのファイルをほかの場所に移してください。
said-a-model-was-tuned-in-this = このフォルダーでは、すでにモデルを調整しています
said-its-checkpoint-is-of-another-model = チェックポイントのモデルかランクが、記録されているものと違います
said-put-both-files-back-as-they = 両方のファイルを元に戻すか、別のフォルダーで新しく調整してください。
said-to-be-used-with-the-learned = 学習した単語 { $word } と一緒に使うもの

# engine/queue.rs
said-a-drawing-waits-until-the-word = 描画は、単語の学習が終わるか停止するまで待ちます。学習中とは別のモデル、LoRA、または数の形式（精度、重み）で描くためです。
said-jobs-wait-already-which-is-as = すでに { $most_waiting } 件のジョブが待っていて、これ以上は追加できません
said-let-some-of-them-end-or = いくつか終わるのを待つか、待っているジョブを減らしてください。

# engine/remote.rs
said-copy-the-token-file-from-that = そのマシンからトークンのファイルをコピーし、指定してください（--token-file）。
said-install-the-same-version-on-both = 両方のマシンに同じバージョンを入れてください。
said-it-knows-operations-of-version-this = 相手の演算はバージョン { $theirs }、このソフトは { $ours } です
said-another-machines-processor = 別のマシンのプロセッサー
said-another-machines-card = 別のマシンのカード
said-encrypted = 暗号化
said-not-encrypted = 暗号化なし
said-copy-the-line-that-pseudoword-serve = そのマシンで「pseudoword serve」が表示する行をコピーしてください。
said-is-no-machines-id = { $id } はマシンの ID ではありません（{ $error }）
said-could-not-be-found = { $address } が見つかりません（{ $error }）
said-is-another-version-of-pseudoword = { $a } の Pseudoword は別のバージョンです：{ $what }
said-does-not-let-this-program-in = { $name } に入れません。トークンがないか、違っています
said-cannot-be-reached = { $name } に接続できません（{ $error }）
said-see-that-pseudoword-serve-is-running = そのマシンで「pseudoword serve」が動いているか、間にファイアウォールがないかを確認して、もう一度試してください。
said-see-that-this-computer-is-on = このコンピューターがそのネットワークにつながっているか確かめるか、アドレスを 192.168.1.5:9234 のように数字で書いてください。
said-cannot-be-reached-nothing-was-answered = { $host } に接続できません。{ $seconds } 秒待っても返事がありません
said-see-that-pseudoword-serve-is-running-on = そのマシンのそのポートで「pseudoword serve」が動いていて、間にファイアウォールがないことを確かめ、もう一度試してください。
said-the-connection-to-was-cut = { $host } との接続が切れました
said-see-that-it-is-on-and = そのマシンの電源が入っていて「pseudoword serve」が動いていることを確かめ、もう一度試してください。

# engine/export.rs
said-words-are-saved-without-a-signature = 単語は署名なしで保存されます：{ $fault }

# engine/sealing.rs
said-pictures-are-saved-without-content-credentials = 絵はコンテンツクレデンシャルなしで保存されます：{ $fault }
said-a-picture-was-saved-without-content = コンテンツクレデンシャルなしで保存された絵があります：{ $fault }

# engine/tuning.rs
said-is-and-only-on-or-off = { $variable } が { $named } ですが、使えるのは on と off だけなので、無視します。
said-what-was-measured-about-this-device = このデバイスの計測結果は使いません：{ $fault }（{ $place }）。計測し直すには、このファイルを取り除いてください。
said-the-file-cannot-be-read = ファイルが読めません：{ $error }
said-the-file-is-far-too-large = このソフトのファイルにしては大きすぎます
said-the-file-is-damaged = ファイルが壊れています：{ $error }
said-the-file-is-of-another-program = ほかのソフトのファイルか、このソフトの別のバージョンのファイルです
said-take-that-file-away-and-measure = このファイルを取り除いて、もう一度計測してください。

# engine/warm_up.rs
said-the-device-failed = デバイスで計算できませんでした（{ $error }）
said-choose-another-one-or-a-smaller = 別のデバイスを選ぶか、サイズを小さくしてください。

# models/discovery/places.rs
said-hugging-face-cache = Hugging Face のキャッシュ
said-your-folder = 自分のフォルダー
said-models-that-only-it-names-are = { $a }：{ $fault }。ここにしか書かれていないモデルは、一覧に出ません。
said-it-cannot-be-read = 読めません（{ $other }）
said-it-is-not-readable-as-json-b = JSON として読めません

# models/discovery/programs/comfy.rs
said-it-is-not-a-list-of = 項目ごとにフォルダーを並べた一覧になっていません

# models/discovery/programs/invoke.rs
said-its-list-of-models-cannot-be = モデルの一覧が読めません（{ $a }）
said-it-holds-no-list-of-models = モデルの一覧が入っていません

# models/discovery/watch.rs
said-this-list-of-folders-was-made = フォルダーの一覧が、別のバージョンの Pseudoword で作られています
said-choose-a-folder-and-check-that = フォルダーを選び、そのドライブが接続されているかを確認してください。
said-there-is-no-such-folder = そのようなフォルダーはありません
said-take-some-off-the-list-or = 一覧からいくつか外すか、それらをまとめて含むフォルダーを指定してください。
said-folders-are-watched-already = すでに { $most } 個のフォルダーを表示に加えています

# models/download/faults.rs
said-check-the-connection-to-the-internet = インターネットへの接続を確認し、ダウンロードを再開してください。届いた分は残っています。
said-the-server-cannot-be-found-the = サーバーが見つかりません。パソコンがインターネットにつながっていないかもしれません
said-the-server-did-not-answer-in = サーバーが時間内に応答しませんでした
said-the-connection-was-cut = 接続が切れました（{ $plain }）
said-the-server-cannot-be-reached-offline = サーバーに接続できません。パソコンがオフラインかもしれません（{ $plain }）
said-the-server-cannot-be-reached-b = サーバーに接続できません。パソコンがオフラインかもしれません
said-check-the-computers-date-and-whether = パソコンの日付が正しいか、通信に割り込むソフトやプロキシがないかを確認してください。
said-the-server-cannot-prove-who-it = サーバーが本物だと確認できないため、何も送りませんでした
said-check-the-variables-https-proxy-and = 環境変数 HTTPS_PROXY と NO_PROXY を確認し、プロキシがパスワードを求めていないか調べてください。
said-the-proxy-lets-no-connection-through = プロキシが接続を通しません
said-the-server-answered-in-a-way = サーバーの応答が HTTP ではありません
said-the-server-does-not-accept-the = サーバーが { $what } へのアクセストークンを受け付けません（401）
said-make-a-new-token-at-https = https://huggingface.co/settings/tokens で新しいトークンを作り、環境変数 HF_TOKEN に入れてください。
said-the-server-asks-who-you-are = サーバーは { $what } を渡す前に、だれなのかを尋ねています（401）
said-accept-the-models-licence-on-its = モデルのページでライセンスに同意し、https://huggingface.co/settings/tokens でアクセストークンを作り、環境変数 HF_TOKEN に入れてください。
said-the-server-refuses-403 = サーバーが { $what } を拒否しています（403）
said-open-the-models-page-while-signed = サインインしてモデルのページを開き、ライセンスに同意し、アクセストークンで読めるかを確認してください。
said-the-server-has-no = サーバーに { $what } がありません（{ $a }）
said-it-may-have-been-moved-or = 移動か改名されたのかもしれません。モデルのページか、環境変数 HF_ENDPOINT（設定している場合）を確認してください。
said-the-server-has-too-many-requests = サーバーが混み合っています（429）
said-the-server-is-in-trouble = サーバーに問題が起きています（{ $a }）
said-the-server-answered-with-which-says = サーバーが { $what } に { $other } と応答しました。このソフトには意味が分かりません
said-try-again-later-or-check-the = 後でもう一度試すか、環境変数 HF_ENDPOINT（設定している場合）を確認してください。
said-the-disk-of-is-full = { $a } のディスクに空きがありません
said-free-some-room-then-resume-the = 空きを作り、ダウンロードを再開してください。届いた分は残っています。

# models/download/hub.rs
said-the-variable-hf-hub-offline-forbids = 環境変数 HF_HUB_OFFLINE でダウンロードが禁止されています
said-unset-it-to-download-models = モデルをダウンロードするには、その設定を消してください。
said-is-no-address-to-download-from = 「{ $endpoint }」はダウンロードできるアドレスではありません
said-write-hf-endpoint-like-https-huggingface = HF_ENDPOINT を https://huggingface.co のように書くか、設定を消してください。
said-the-proxy-that-the-variable-names = 環境変数 { $name } のプロキシは使えません
said-write-it-like-http-proxy-example = http://proxy.example:3128 のように書くか、設定を消してください。

# models/download/job.rs
said-wait-for-it-or-stop-it-there = 終わるのを待つか、そちらで止めてください。
said-another-window-of-this-program-downloads = このソフトの別のウィンドウが、このモデルをダウンロードしています
said-the-repository-no-longer-has = リポジトリ { $a } に { $b } がなくなりました
said-a-newer-version-of-this-program = 新しいバージョンのソフトなら、今の場所が分かるかもしれません。
said-there-is-not-enough-room-in = { $a } の空きが足りません。必要なのは { $b }、空きは { $c } です
said-free-some-then-start-the-download = 空きを作り、もう一度ダウンロードを始めてください。
said-the-server-does-not-answer-like = モデルを配布しているサーバーの応答ではありません
said-a-sign-in-page-may-stand = 途中にサインインのページがあるのかもしれません。https://huggingface.co をブラウザーで開くか、HF_ENDPOINT を確認してください。

# models/download/list.rs
said-the-usual-model-to-learn-a = 最初の単語の学習に向く標準のモデルです。512 ピクセルで、8 GB のカードで足ります。
said-larger-and-more-faithful-pictures-of = 1024 ピクセルの、より大きく忠実な絵になります。16 GB 以上のカード向けです。
said-the-model-of-the-paper-that = 単語の学習を初めて示した論文のモデルです。256 ピクセルで、論文の結果と比べるためのものです。
said-the-judge-that-scores-how-well = 論文と同じく、単語が画像に似ている度合いとプロンプトに従う度合いを評価します。

# models/download/partial_file.rs
said-did-not-arrive-as-it-was = { $a } が公開されたとおりに届きませんでした。チェックサムが合わないため、削除しました
said-download-it-again-if-that-happens = もう一度ダウンロードしてください。また起きたら、別のネットワークかサーバーを試してください。

# models/download/response.rs
said-the-connection-was-cut-b = 接続が切れました
said-the-server-sends-this-program-to = サーバーから、たどれないアドレスに案内されました

# models/download/transfer.rs
said-the-server-has-another-version-of = サーバーのファイルが別のバージョンに変わっています
said-the-connection-ended-early = 接続が途中で終わりました
said-the-server-sends-something-else-than = サーバーから { $a } ではないものが送られてきました。長さが一覧と違います
said-a-proxy-or-a-sign-in = 途中にプロキシかサインインのページがあるのかもしれません。モデルのページをブラウザーで開き、もう一度試してください。

# models/named_files.rs
said-not-among-the-files-known-here = { $what } { $a }（{ $b }）：手元のファイルにはありません

# disk/convert.rs
said-the-model-could-not-be-converted = モデルを変換できませんでした。壊れているかもしれません。別のモデルを試してください。

# disk/discovery.rs
said-a-file-could-not-be-looked = ファイルを調べられませんでした。壊れているかもしれません。検索を終了しました。

# disk/drafts.rs
said-this-concept-is-open-in-another = このコンセプトは別のウィンドウで開かれています
said-go-on-with-it-there-or = そちらで続けるか、先にそちらで閉じてください。
said-check-how-the-path-is-written = パスの書き方を確認するか、ファイルそのものをドロップしてください。
said-there-is-nothing-at-this-path = このパスには何もありません
said-this-is-not-a-picture-that = 読み込める画像ではありません
said-of-pictures-the-first-were-taken = { $a } 枚の画像のうち、最初の { $most } 枚を取り込みました。3〜5 枚が最適です。
said-this-picture-is-still-being-written = この画像はまだ書き込み中です
said-add-it-again-once-the-other = ほかのソフトの書き込みが終わってから、もう一度追加してください。
said-captions-cannot-be-read-and-are = 読めないキャプションを除きました
said-this-picture-could-not-be-looked = この画像を調べられませんでした。壊れているかもしれません。

# disk/drawings.rs
said-the-clipboard-holds-no-settings-of = クリップボードに絵の設定がありません
said-copy-the-whole-text-from-the = 絵のページから、Steps で始まる行も含めてテキスト全体をコピーしてください。

# disk/edits.rs
said-editing-the-picture = 画像を編集しています
said-this-was-drawn-into-open-that = これは { $name } に描き加えたものです。編集をすべてさかのぼるには、ここでその画像を開いてください。
said-the-mask-could-not-be-changed = マスクを変更できませんでした。
said-the-picture-is-kept-you-find = 絵は残っています。「描画」の、これまでに描いた絵の中にあります。

# disk/gallery.rs
said-it-does-not-lie-in-the = 絵のフォルダーの中にありません
said-move-it-in-your-file-manager = ファイルマネージャーで移動してください。
said-a-folder-needs-a-name = フォルダーには名前が必要です
said-the-name-of-a-folder-cannot = フォルダーの名前の最初と最後に、ピリオドは使えません
said-the-name-of-a-folder-cannot-have = フォルダーの名前に / \ : * ? " < > | は使えません
said-this-name-of-a-folder-is = フォルダーの名前が長すぎます
said-type-another-name-such-as-portraits = portraits など、別の名前を入力してください。
said-there-is-something-of-this-name = 同じ名前のものがすでにあります
said-windows-has-a-device-of-this = Windows にはこの名前の装置があります

# disk/lib.rs
said-another-model-is-being-converted-wait = 別のモデルを変換しています。終わるまで待ってください。
said-and-more = ほか { $more } 件

# disk/library.rs
said-steps-of-the-way = { $steps }、似ている度合い { $a } %
said-after-steps-is-in-the-library = { $token }（{ $steps }）をライブラリに入れました。
said-is-in-the-library-now = { $one } をライブラリに入れました。
said-in-the-library-now = ライブラリに入れました：{ $a }。
said-files-hold-no-word-that-can = 個のファイルに、使える単語がありません
said-signed-by-intact-b = （{ $a }… の署名あり、変更なし）
said-changed-since-it-was-signed-do = （署名後に変更されているので、来歴は信頼できません）
said-the-library-has-a-word-already = ライブラリには、すでに { $a } という単語があります
said-this-word-lies-in-a-folder = この単語はほかのソフトのフォルダーにあり、そこでは何も変更しません
said-bring-it-into-your-library-first = 先にライブラリに取り込んでください。

# disk/library/listing.rs
said-it-could-not-be-read-and = { $a }：読み込めませんでした。壊れているかもしれません。
said-it-is-left-out-of-the = ライブラリには表示しません。
said-it-is-a-picture-without-a = 単語の入っていない画像です
said-not-among-the-files-known-here-b = 手元のファイルにはありません

# disk/library/notes.rs
said-correct-it-in-a-text-editor = テキストエディターで直すか、別の場所に移してください。
said-it-is-not-readable-as-notes = 単語のメモとして読めません（{ $error }）
said-it-was-written-by-a-newer = 新しいバージョンの Pseudoword で書かれています
said-its-name-is-not-text = 名前が文字として読めません
said-give-the-folder-another-name = フォルダーを別の名前にしてください。
said-this-is-the-library-itself = これはライブラリそのものです
said-it-is-shown-already = すでに表示されています。

# disk/library/sidecar.rs
said-in-the-same-way-notes-of = ライブラリのほかの単語のメモも同様です（全部で { $count } 件）。

# disk/library/watching.rs
said-a-file-of-the-library-could = ライブラリのファイルを調べられませんでした。壊れているかもしれません。

# disk/search.rs
said-best-rated-first = 評価の高い順
said-by-base-model = ベースモデル順
said-most-vectors-first = ベクトルの多い順

# disk/thumbnails.rs
said-a-picture-could-not-be-looked = 画像を調べられませんでした。壊れているかもしれません。

# disk/worker.rs
said-a-file-could-not-be-worked = ファイルを処理できませんでした。壊れているかもしれません。別のファイルを試してください。
said-close-it-there-first = 先にそちらで閉じてください。

# project/manifest.rs
said-it-is-another-picture-than-the = 学習を始めたときとは別の画像です
said-put-back-the-one-that-was = 元の画像に戻すか、新しく学習を始めてください。

# engine/wire.rs
said-this-computer-s-own-port-to = このコンピューター側の接続口が閉じられました
